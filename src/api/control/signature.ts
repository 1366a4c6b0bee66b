import { isSameSecret } from "../../platform/same-secret.ts";

/** What is signed; docs/protocols/control.md, Signing. */
export interface SignedParts {
  /** `GET`, `POST`. */
  readonly method: string;
  /** Path and query as sent, `/list?all=1`. */
  readonly target: string;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

/** Why a request is not believed, by the code that it is refused with. */
export const SIGNATURE_FAULTS = {
  unsigned: "the request lacks x-remcli-ts, x-remcli-nonce or x-remcli-sig",
  "bad-signature": "the signature does not match the request",
  stale: "the request was signed more than 30 s away from this machine's clock",
  replayed: "the request was seen before",
} as const;

type SignatureFault = keyof typeof SIGNATURE_FAULTS;

/** Milliseconds that a signature's time may differ from ours. */
const CLOCK_DIFFERENCE = 30_000;

/** Milliseconds for which a nonce is remembered: as long as its signature could be taken for fresh. */
const NONCE_LIFE = 60_000;

/** Nonces that are remembered at once. */
const NONCES = 16_384;

/**
 * Makes the judge of signed requests, who remembers what it has seen.
 * @param now milliseconds since the epoch.
 * @param nonces remembered at most; beyond that the oldest is forgotten, and what is as old counts as stale.
 */
export function createVerifier(secret: Uint8Array, now: () => number, nonces = NONCES) {
  const key = deriveKey(secret);
  /** By nonce: when it may be forgotten, and what it was signed at. In the order in which they came. */
  const seen = new Map<string, { readonly until: number; readonly signedAt: number }>();
  let forgottenUpTo = Number.NEGATIVE_INFINITY;

  return {
    findHeaderFault,
    /** @returns the fault of a request, or undefined where it is proven, which it is once. */
    verify(parts: SignedParts, headers: Headers): SignatureFault | undefined {
      const { time, nonce, signature } = readHeaders(headers);
      const fault = findHeaderFault(headers);
      if (fault !== undefined) return fault;
      if (!isSameSecret(signature, sign(key, parts, time, nonce))) return "bad-signature";
      makeRoom();
      seen.set(nonce, { until: now() + NONCE_LIFE, signedAt: Number(time) });
      return undefined;
    },
  };

  /** What shows in the headers alone, before a body is read: docs/protocols/control.md, Signing. */
  function findHeaderFault(headers: Headers): SignatureFault | undefined {
    const { time, nonce, signature } = readHeaders(headers);
    if (time === "" || nonce === "" || signature === "") return "unsigned";
    if (!isWellFormed(time, nonce, signature)) return "bad-signature";
    const signedAt = Number(time);
    if (Math.abs(now() - signedAt) > CLOCK_DIFFERENCE || signedAt <= forgottenUpTo) return "stale";
    return seen.has(nonce) ? "replayed" : undefined;
  }

  function makeRoom(): void {
    for (const [nonce, { until, signedAt }] of seen) {
      if (until >= now() && seen.size < nonces) return;
      // One that had to be forgotten early must not be taken for new: nothing as old as it is believed any more.
      if (until >= now()) forgottenUpTo = Math.max(forgottenUpTo, signedAt);
      seen.delete(nonce);
    }
  }
}

function readHeaders(headers: Headers) {
  const read = (name: string) => headers.get(name) ?? "";
  return { time: read("x-remcli-ts"), nonce: read("x-remcli-nonce"), signature: read("x-remcli-sig") };
}

function isWellFormed(time: string, nonce: string, signature: string): boolean {
  return /^\d{1,15}$/.test(time) && /^[0-9a-f]{32}$/.test(nonce) && /^[0-9a-f]{64}$/.test(signature);
}

function sign(key: Uint8Array, { method, target, body }: SignedParts, time: string, nonce: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(body).digest("hex");
  return hmac(key, `${method}\n${target}\n${time}\n${nonce}\n${digest}`).toString("hex");
}

/** HKDF-SHA256, RFC 5869, with an empty salt; one block is the whole key. */
function deriveKey(secret: Uint8Array): Uint8Array {
  return hmac(hmac(new Uint8Array(32), secret), "remcli-control-v1\u0001");
}

function hmac(key: Uint8Array, message: string | Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256", key).update(message).digest();
}
