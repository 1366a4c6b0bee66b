import { openConversation } from "./conversation.ts";

/**
 * Asks a local server for a page. Not `fetch`: that starts a thread of its own and keeps what it needs for the web.
 * HTTP/1.0, so that the answer comes in one piece and the connection ends with it (RFC 1945).
 * @param limits for the whole exchange, in milliseconds and in bytes of the answer with its head.
 * @returns the body of an answer 200. @throws Error for every other answer, `timed out` or `too long` beyond a limit, or
 * the system's.
 */
export async function getFromLoopback(
  port: number,
  path: string,
  limits: { readonly milliseconds: number; readonly bytes: number },
): Promise<string> {
  using conversation = await openConversation({ host: "127.0.0.1", port }, limits.milliseconds, limits.bytes);
  conversation.send(new TextEncoder().encode(`GET ${path} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
  const answer = new TextDecoder().decode(await conversation.takeRest(limits.bytes));
  const bodyStart = answer.indexOf("\r\n\r\n");
  if (bodyStart === -1 || !/^HTTP\/1\.[01] 200\b/.test(answer)) throw new Error("not an answer 200");
  return answer.slice(bodyStart + 4);
}
