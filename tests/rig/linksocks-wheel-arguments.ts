import type { LinksocksOptions, LinksocksRole } from "./linksocks-peer.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** What linksocks_peer.py is given, so that the Go core does what a command line with `options` would. */
export function wheelArguments(
  role: LinksocksRole,
  options: LinksocksOptions,
  ports: { readonly port: number; readonly socksPort: number },
): Arguments {
  if (options.words !== undefined) throw new Error("the Python API takes no words of a command line");
  if (options.retryAuth !== undefined) throw new Error("the Python API does not offer to retry after a refused token");
  const upstream = options.upstreamProxy === undefined ? undefined : new URL(options.upstreamProxy);
  if (upstream !== undefined && upstream.protocol !== "socks5:") {
    throw new Error("the Python API offers no upstream proxies but SOCKS5");
  }
  const common = {
    fast_open: options.fastOpen,
    buffer_size: options.bufferSize,
    upstream_proxy: upstream?.host,
    upstream_username: upstream && decodeURIComponent(upstream.username),
    upstream_password: upstream && decodeURIComponent(upstream.password),
  };
  if (role === "server") {
    return {
      end: "server",
      options: { ...common, ...serverOptions(options, ports.port), ...options.python },
      calls: options.apiKey === undefined ? tokenCalls(options, ports.socksPort) : [],
    };
  }
  return {
    end: "client",
    options: { ...common, ...clientOptions(role, options, ports.socksPort), ...options.python },
    calls: options.connectorToken === undefined ? [] : [["add_connector", { connector_token: options.connectorToken }]],
  };
}

function serverOptions(options: LinksocksOptions, port: number): Arguments {
  return {
    ws_host: "127.0.0.1",
    ws_port: port,
    socks_host: "127.0.0.1",
    socks_wait_client: options.socksNoWait !== true,
    api_key: options.apiKey,
    connector_wait_provider: options.connectorWaitSeconds,
  };
}

function clientOptions(role: LinksocksRole, options: LinksocksOptions, socksPort: number): Arguments {
  return {
    token: options.token,
    ws_url: options.url,
    reverse: role === "provider",
    socks_host: "127.0.0.1",
    socks_port: socksPort,
    socks_username: options.socksUsername,
    socks_password: options.socksPassword,
    socks_wait_server: options.socksNoWait !== true,
    reconnect: options.reconnect !== false,
    threads: options.threads,
  };
}

function tokenCalls(options: LinksocksOptions, socksPort: number): readonly (readonly [string, Arguments])[] {
  if (options.reverse !== true) return [["add_forward_token", { token: options.token }]];
  const reverse = {
    token: options.token,
    port: options.autonomy === true ? undefined : socksPort,
    username: options.socksUsername,
    password: options.socksPassword,
    allow_manage_connector: options.autonomy,
  };
  const connector = { connector_token: options.connectorToken, reverse_token: options.token };
  return [
    ["add_reverse_token", reverse],
    ...(options.connectorToken === undefined ? [] : [["add_connector_token", connector] as const]),
  ];
}
