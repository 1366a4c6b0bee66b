import { encodeSocks4Reply } from "./proxy-reply.ts";
import { areNeeded, makeProgress, type ProxyCredentials, type ProxyProgress, refuse } from "./proxy-request.ts";
import { SOCKS_COMMAND, SOCKS_REPLY } from "./socks-codec.ts";

/** Version, command, port and address. */
const FIXED_BYTES = 8;
/** User name and host, each with the zero that ends it. */
const MOST_BYTES = FIXED_BYTES + 256 + 256;

/**
 * The server's half of a SOCKS4 or SOCKS4a request, docs/protocols/linksocks.md#socks4. It has no password, so a port that
 * asks for one refuses it.
 * @returns a function that takes the bytes as they come.
 */
export function acceptSocks4(credentials: ProxyCredentials): (bytes: Uint8Array) => ProxyProgress {
  let unread = Buffer.alloc(0);
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    if (unread.length < FIXED_BYTES) return makeProgress([]);
    if (unread[1] !== SOCKS_COMMAND.connect || areNeeded(credentials)) return fail();
    const nameEnd = unread.indexOf(0, FIXED_BYTES);
    if (nameEnd === -1) return unread.length > MOST_BYTES ? fail() : makeProgress([]);
    const [a = 0, b = 0, c = 0, d = 0] = unread.subarray(4, FIXED_BYTES);
    const hasName = a === 0 && b === 0 && c === 0 && d !== 0;
    const end = hasName ? unread.indexOf(0, nameEnd + 1) : nameEnd;
    if (end === -1) return unread.length > MOST_BYTES ? fail() : makeProgress([]);
    const host = hasName ? unread.toString("latin1", nameEnd + 1, end) : `${a}.${b}.${c}.${d}`;
    if (end >= MOST_BYTES || !/^[!-~]{1,255}$/.test(host)) return fail();
    const target = { host, port: unread.readUInt16BE(2) };
    const rest = unread.subarray(end + 1);
    return makeProgress([], { request: { command: "connect", protocol: "socks4", target }, rest });
  };
}

function fail(): ProxyProgress {
  return refuse(encodeSocks4Reply(SOCKS_REPLY.generalFailure));
}
