import type { ClientOptions } from "../../../src/linksocks/options.ts";

export const TOKEN = "a-token-that-no-log-shows";

/** A client's options, and what it logs. Nothing of them takes long. */
export function createClientOptions(
  options: Pick<ClientOptions, "url"> & Partial<ClientOptions>,
): ClientOptions & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    part: "client",
    token: TOKEN,
    role: "client",
    socks: { host: "127.0.0.1", port: 0, username: "", password: "" },
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
    reconnectDelayMs: 1,
    longestReconnectDelayMs: 600_000,
    now: () => performance.now(),
    onChange: () => undefined,
    log: (level, text) => void lines.push(`${level} ${text}`),
    ...options,
    lines,
  };
}
