import { SOCKS_REPLY, type SocksReplyCode } from "../../net/socks-server.ts";

/** What exits say, ours and Go's, and what SOCKS5 has for it. The first that fits counts. */
const CODES: readonly (readonly [RegExp, SocksReplyCode])[] = [
  [/refused/i, SOCKS_REPLY.connectionRefused],
  [/network is unreachable|no network/i, SOCKS_REPLY.networkUnreachable],
  [/blocked|not allowed|access control|forbidden/i, SOCKS_REPLY.notAllowed],
  [/no available (reverse clients|providers)|no provider/i, SOCKS_REPLY.networkUnreachable],
  [/timed? ?out|deadline/i, SOCKS_REPLY.hostUnreachable],
];

/** The reply of SOCKS5 for the text of a refusal; host unreachable where it says nothing that we know. Section 10.3, 16. */
export function replyCodeFor(reason: string): SocksReplyCode {
  return CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? SOCKS_REPLY.hostUnreachable;
}
