import type { ProxyListener } from "../../net/proxy/proxy-listener.ts";
import { describeError } from "../../platform/failure.ts";
import { TRUNK_WAIT_MS } from "../channel/trunk-pool.ts";
import { listenForSocks } from "../entry/socks-listener.ts";
import { SERVER_PART } from "../link/server-link.ts";
import type { ServerOptions } from "../options.ts";
import type { Peers } from "./peers.ts";
import type { Token } from "./token-registry.ts";

/** The SOCKS ports of reverse tokens. */
export function createReversePorts(options: ServerOptions, peers: Peers) {
  const listeners = new Map<string, ProxyListener>();
  return {
    /** Opens the token's port, unless it is open; one that cannot be had is logged and tried again next time. */
    open(token: Token): void {
      const { text, port, username, password, autonomy } = token;
      if (autonomy || listeners.has(text)) return;
      const pickTrunk = () => peers.providersOf(text).pick(TRUNK_WAIT_MS);
      const credentials = { username, password };
      const { socksHost: host, fastOpen, log } = options;
      try {
        listeners.set(text, listenForSocks({ host, port, credentials, fastOpen, part: SERVER_PART, log, pickTrunk }));
        log("info", `SOCKS5 is accepted on ${host}:${port}`);
      } catch (error) {
        log("error", describeError(error));
      }
    },
    /** Stops accepting, at once: the port is free for the next token. */
    close({ text }: Token): void {
      listeners.get(text)?.stop();
      listeners.delete(text);
    },
    closeAll(): void {
      for (const listener of listeners.values()) listener.stop();
      listeners.clear();
    },
  };
}
