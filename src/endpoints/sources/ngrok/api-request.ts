import * as v from "valibot";
import { describeError, systemCode } from "../../../platform/failure.ts";
import { escapeControls } from "../../../platform/plain-text.ts";
import type { Secret } from "../../../platform/secret.ts";
import { ApiError, type ApiFault } from "./api-error.ts";

/** For a whole exchange. */
const ANSWER_MS = 30_000;
/** A page of 100 endpoints, each with a traffic policy, is smaller. */
const LONGEST_ANSWER_BYTES = 16 * 1024 * 1024;
/** Of what the API says of its refusal. */
const LONGEST_REASON = 300;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly key: Secret<string>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Ends the wait for an answer. */
  readonly signal: AbortSignal;
  /** For the whole exchange; 30,000 by default. */
  readonly milliseconds?: number | undefined;
}

/**
 * One call of ngrok's API, docs/protocols/endpoints.md#api. No redirect is followed: it would take the key elsewhere.
 * @returns the answer as JSON; undefined where it is empty. @throws ApiError.
 */
export async function askApi({
  method,
  url,
  key,
  body,
  signal,
  milliseconds = ANSWER_MS,
}: ApiRequest): Promise<unknown> {
  const what = `${method} ${url}`;
  const deadline = AbortSignal.timeout(milliseconds);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline]),
      headers: {
        authorization: `Bearer ${key.reveal()}`,
        "ngrok-version": "2",
        "user-agent": "wpdaemon",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await readBounded(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const late = deadline.aborted ? `no answer within ${milliseconds / 1000} s` : undefined;
    throw new ApiError("unavailable", `${what}: ${late ?? systemCode(error) ?? describeError(error)}`);
  }
  if (response.status < 200 || response.status > 299) throw explainRefusal(what, response, text);
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("unavailable", `${what}: the answer is not JSON`);
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > LONGEST_ANSWER_BYTES) {
      throw new ApiError("unavailable", `${response.url}: the answer is longer than ${LONGEST_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, length));
}

const refusalSchema = v.object({ error_code: v.optional(v.string()), msg: v.optional(v.string()) });

function explainRefusal(what: string, { status, headers }: Response, text: string): ApiError {
  const said = v.safeParse(v.pipe(v.string(), v.parseJson(), refusalSchema), text);
  const { error_code: code, msg } = said.success ? said.output : {};
  const reason = escapeControls((msg ?? "").slice(0, LONGEST_REASON));
  const words = [code, reason].filter((word) => word !== undefined && word !== "").join(": ");
  const message = `${what}: ${status}${words === "" ? "" : ` ${words}`}${hintFor(code)}`;
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"));
  return new ApiError(faultOf(status), message, {
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function faultOf(status: number): ApiFault {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not-found";
  if (status === 429) return "rate-limited";
  if (status === 409 || status === 412) return "conflict";
  return status === 400 || status === 422 ? "refused" : "unavailable";
}

/** Keys of ngrok that are not API keys. */
const WRONG_KEYS: ReadonlyMap<string, string> = new Map([
  ["ERR_NGROK_206", "this is an agent's authtoken: an API key is needed"],
  ["ERR_NGROK_207", "this is the ID of a key: the key itself is needed"],
  ["ERR_NGROK_208", "this is no API key"],
]);

function hintFor(code = ""): string {
  const hint = WRONG_KEYS.get(code);
  return hint === undefined ? "" : ` (${hint})`;
}

/** Seconds or a date, RFC 9110 section 10.2.3. @returns milliseconds from now, up to a day. */
function parseRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 86_400_000) : undefined;
}
