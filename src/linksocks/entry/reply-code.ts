import { SOCKS_REPLY, type SocksReplyCode } from "../../net/proxy/socks-codec.ts";

/** What exits say, ours and Go's, and what SOCKS5 has for it. The first that fits counts. */
const CODES: readonly (readonly [RegExp, SocksReplyCode])[] = [
  [/refused/i, SOCKS_REPLY.connectionRefused],
  [/network is unreachable|no network/i, SOCKS_REPLY.networkUnreachable],
  [/blocked|not allowed|access control|forbidden/i, SOCKS_REPLY.notAllowed],
  [/no available (reverse clients|providers)|no provider/i, SOCKS_REPLY.networkUnreachable],
];

/**
 * The reply of SOCKS5 for the text of a refusal; host unreachable, as LinkSocks says, where it says nothing that we
 * know.
 */
export function replyCodeFor(reason: string): SocksReplyCode {
  return CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? SOCKS_REPLY.hostUnreachable;
}
