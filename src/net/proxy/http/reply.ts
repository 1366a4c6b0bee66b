const REASONS = {
  400: "Bad Request",
  403: "Forbidden",
  407: "Proxy Authentication Required",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

export type HttpReplyStatus = keyof typeof REASONS;

/** An answer of the proxy itself, after which it closes. @param sentence for a person; no words of a stranger's. */
export function encodeHttpReply(status: HttpReplyStatus, sentence: string): Uint8Array {
  const body = `wpdaemon: ${sentence}\n`;
  return new TextEncoder().encode(
    [
      `HTTP/1.1 ${status} ${REASONS[status]}`,
      ...(status === 407 ? ['Proxy-Authenticate: Basic realm="wpdaemon"'] : []),
      "Content-Type: text/plain",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
