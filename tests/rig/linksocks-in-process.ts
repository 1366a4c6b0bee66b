import { startClient } from "../../src/linksocks/client/client.ts";
import type { ClientOptions, ServerOptions } from "../../src/linksocks/options.ts";
import { startServer } from "../../src/linksocks/server/server.ts";
import { freePort } from "./free-port.ts";

const HOST = "127.0.0.1";
const now = () => performance.now();
const log = () => undefined;

/** Our own server within this process, for what no command line offers. It has no tokens yet. */
export function startOwnServer(options: Partial<ServerOptions> = {}): ReturnType<typeof startServer> {
  return startServer({
    host: HOST,
    port: 0,
    tls: undefined,
    socksHost: HOST,
    socksWithoutWaiting: false,
    fastOpen: false,
    upstream: undefined,
    destinations: { allow: [], deny: [], isConfined: false },
    apiKey: "",
    connectorWaitMs: 5_000,
    bufferSize: 1_048_576,
    portPool: { first: 1_024, last: 10_240 },
    trustedProxies: [],
    now,
    log,
    ...options,
  });
}

/** Our own client within this process. */
export function startOwnClient(
  options: Pick<ClientOptions, "url" | "token" | "role"> & Partial<ClientOptions>,
): ReturnType<typeof startClient> {
  return startClient({
    part: "client",
    socks: { host: HOST, port: freePort(), username: "", password: "" },
    socksWithoutWaiting: false,
    connectorToken: "",
    threads: 1,
    reconnects: true,
    retriesAuthentication: false,
    fastOpen: false,
    upstream: undefined,
    destinations: { allow: [], deny: [], isConfined: false },
    proxyEnvironment: undefined,
    headers: {},
    certificateAuthority: undefined,
    reconnectDelayMs: 1_000,
    longestReconnectDelayMs: 600_000,
    onChange: () => undefined,
    now,
    log,
    ...options,
  });
}
