import { acceptHttp } from "./http/accept-http.ts";
import { makeProgress, type ProxyAcceptor, type ProxyCredentials, type ProxyProgress } from "./proxy-request.ts";
import { acceptSocks } from "./socks-server.ts";
import { acceptSocks4 } from "./socks4-server.ts";

const SOCKS4_VERSION = 4;

/**
 * Reads what a client of a proxy's port wants, in whichever protocol: SOCKS4 begins with the byte 4, HTTP with a letter,
 * and everything else is left to SOCKS5, which knows how to refuse it.
 */
export function acceptProxy(credentials: ProxyCredentials): ProxyAcceptor {
  let chosen: ProxyAcceptor | undefined;
  return {
    take(bytes) {
      const [first] = bytes;
      if (first === undefined) return makeProgress([]);
      chosen ??= choose(first, credentials);
      return chosen.take(bytes);
    },
    drop: () => chosen?.drop(),
  };
}

function choose(first: number, credentials: ProxyCredentials): ProxyAcceptor {
  if (first === SOCKS4_VERSION) return withoutMemory(acceptSocks4(credentials));
  return /[A-Za-z]/.test(String.fromCharCode(first))
    ? acceptHttp(credentials)
    : withoutMemory(acceptSocks(credentials));
}

/** A handshake of SOCKS keeps a kilobyte at most. */
function withoutMemory(take: (bytes: Uint8Array) => ProxyProgress): ProxyAcceptor {
  return { take, drop: () => undefined };
}
