import { encodeHttpReply } from "./http/reply.ts";
import type { ProxyProtocol } from "./proxy-request.ts";
import { encodeSocksReply, SOCKS_REFUSALS, SOCKS_REPLY, type SocksReplyCode } from "./socks-codec.ts";

/** Tells a client in its own protocol what became of its CONNECT. */
export function encodeProxyReply(protocol: ProxyProtocol, code: SocksReplyCode): Uint8Array {
  switch (protocol) {
    case "socks5":
      return encodeSocksReply(code);
    case "socks4":
      return encodeSocks4Reply(code);
    case "http":
      return code === SOCKS_REPLY.succeeded ? ESTABLISHED : encodeHttpReply(statusOf(code), explain(code));
  }
}

/** RFC 9110, section 9.3.6: no body, and no length. */
const ESTABLISHED = new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n");

const GRANTED = 0x5a;
const REJECTED = 0x5b;

/** A reply of SOCKS4, which knows two; port and address mean nothing after CONNECT. */
export function encodeSocks4Reply(code: SocksReplyCode): Uint8Array {
  return new Uint8Array([0, code === SOCKS_REPLY.succeeded ? GRANTED : REJECTED, 0, 0, 0, 0, 0, 0]);
}

function statusOf(code: SocksReplyCode): 403 | 502 | 504 {
  if (code === SOCKS_REPLY.notAllowed) return 403;
  return code === SOCKS_REPLY.timedOut ? 504 : 502;
}

function explain(code: SocksReplyCode): string {
  return `the tunnel did not reach the host: ${SOCKS_REFUSALS[code] ?? `failure ${code}`}`;
}
