/** Why the far side of a connection could not be opened; the message is for people, and holds no secret. */
export class DialError extends Error {
  /**
   * `unreachable`, `not-trusted`, `certificate-refused`, `no-answer`, `bad-answer`, `paused` (it has failed too often), or
   * the code that ngrok has refused with (`ERR_NGROK_3200`).
   */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Which kind of failure it was; `failed` for one that is not ours, as of a tunnel. */
export function dialErrorCode(error: unknown): string {
  return error instanceof DialError ? error.code : "failed";
}
