import { answerError } from "./api-answers.ts";
import type { FailureLimit } from "./failure-limit.ts";

export interface ApiKeyOptions {
  readonly apiKey: string;
  readonly failures: FailureLimit;
  /** Of the client. */
  readonly address: string;
}

/**
 * Refuses a request without the right X-API-Key, and any of an address that has shown too many wrong ones; reference page
 * linksocks.md section 6.2.
 * @returns undefined where the key is right.
 */
export function refuseWrongKey(request: Request, { apiKey, failures, address }: ApiKeyOptions): Response | undefined {
  if (failures.isRefused(address)) return answerError("too many failed attempts", 429, { "Retry-After": "1" });
  if (isSame(request.headers.get("x-api-key") ?? "", apiKey)) return undefined;
  failures.recordFailure(address);
  return answerError("invalid API key", 401);
}

/** Takes as long wherever the difference lies: it compares hashes, all of their bytes. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [hash(given), hash(expected)];
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), 0) === 0;
}

function hash(secret: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(secret).digest();
}
