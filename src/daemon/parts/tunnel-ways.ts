import type { EndpointsOptions } from "../../endpoints/endpoints.ts";
import { connectStream, createMailbox } from "../../net/byte-stream.ts";
import { parseHostAndPort } from "../../net/host-and-port.ts";
import { connectThroughSocks } from "../../net/proxy/socks-client.ts";
import type { Environment } from "../../platform/environment.ts";
import { attemptOr, Failure } from "../../platform/failure.ts";
import type { ConfigStore } from "../../tunnels/config/store/store.ts";
import { loadWaysIn } from "../../tunnels/config/tunnel-config.ts";
import type { OpenTunnels } from "./open-tunnels.ts";

/** For the far side to be connected to, in milliseconds. */
const CONNECT_MS = 10_000;
/** For a tunnel that is not up to come up. */
const UP_WITHIN_MS = 15_000;

export interface TunnelWays {
  readonly tunnels: { opened(): Promise<OpenTunnels>; configs(): Promise<ConfigStore> };
  readonly environment: Environment;
}

/** Connects to targets of endpoints: directly, or through a tunnel's SOCKS5 proxy, which is brought up where it is not. */
export function createDial({ tunnels, environment }: TunnelWays): EndpointsOptions["dial"] {
  return async (target, via, signal) => {
    if (via === undefined) return await connectStream(target, createMailbox(), CONNECT_MS);
    const { manager } = await tunnels.opened();
    const { socks, name } = await manager.up(via, performance.now() + UP_WITHIN_MS);
    signal.throwIfAborted();
    const proxy = parseHostAndPort(socks ?? "");
    if (proxy === undefined) {
      throw new Failure("not-running", `the tunnel ${name} has no SOCKS5 proxy to go through`, {
        hint: "give its config a section [Socks5]",
      });
    }
    const conversation = await connectThroughSocks({ ...proxy, ...(await credentialsOf(via)) }, target, CONNECT_MS);
    return conversation.release();
  };

  async function credentialsOf(name: string) {
    const configs = await tunnels.configs();
    const { listeners } = attemptOr({ listeners: [] }, () =>
      loadWaysIn(configs.find(name), { environment, mayBeOpen: true }),
    );
    return listeners.find(({ kind }) => kind === "socks5")?.credentials.reveal();
  }
}
