/** What to do about an answer of ngrok's API, docs/protocols/endpoints.md#answers. */
export type ApiFault =
  /** The key is refused. */
  | "unauthorized"
  /** There is no such operator (any more). */
  | "not-found"
  /** It was asked too often. */
  | "rate-limited"
  /** Somebody else changes the same. */
  | "conflict"
  /** It will be refused again: the account, the region or a selector is at fault. */
  | "refused"
  /** It may work later: the network, the server, an answer that cannot be read. */
  | "unavailable";

/** ngrok's API has not done what it was asked. The message is for people, and holds no secret. */
export class ApiError extends Error {
  readonly fault: ApiFault;
  /** ngrok's own (`ERR_NGROK_226`), where it has given one. */
  readonly code: string | undefined;
  /** How long it wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    fault: ApiFault,
    message: string,
    details: { readonly code?: string; readonly retryAfterMs?: number } = {},
  ) {
    super(message);
    this.fault = fault;
    this.code = details.code;
    this.retryAfterMs = details.retryAfterMs;
  }
}
