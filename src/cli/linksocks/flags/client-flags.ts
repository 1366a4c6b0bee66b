import { switchFlag, valueFlag } from "../../parse-flags.ts";

/** What a SOCKS5 port asks for, whoever opens it. */
export const CREDENTIAL_FLAGS = [
  valueFlag("socks-username", "n", "NAME", "Asked for by SOCKS5", { variable: "LINKSOCKS_SOCKS_USERNAME" }),
  valueFlag("socks-password", "w", "PASSWORD", "Asked for by SOCKS5; seen in ps as a token is", {
    variable: "LINKSOCKS_SOCKS_PASSWORD",
  }),
];

/**
 * LinkSocks connects provider and connector directly, by UDP or QUIC; we do not. Whoever asks for what works through the
 * server as well gets that, and is told.
 */
export const CLIENT_DIRECT_FLAGS = [
  valueFlag("direct-mode", "", "MODE", "All traffic is relayed; direct-only is refused", {
    fallback: "auto",
    choices: ["auto", "relay-only", "direct-only"],
  }),
  valueFlag("direct-discovery", "", "HOW", "How a direct address would be found; no effect here", {
    fallback: "stun",
    choices: ["stun", "server", "auto"],
  }),
  valueFlag("direct-host-candidates", "", "WHEN", "When own addresses would be offered; no effect here", {
    fallback: "auto",
    choices: ["auto", "never", "always"],
  }),
  valueFlag("stun-server", "", "HOST:PORT", "A STUN server; repeatable; no effect here", { kind: "list" }),
  valueFlag("direct-only-action", "", "ACTION", "What direct-only would do without a connection; no effect here", {
    fallback: "exit",
    choices: ["exit", "refuse"],
  }),
  switchFlag("direct-upnp", "", "Ask the router for a port; no effect here"),
  valueFlag("direct-upnp-lease", "", "TIME", "For how long; no effect here", { fallback: "30m" }),
  switchFlag("direct-upnp-keep", "", "Keep it after the end; no effect here"),
  valueFlag("direct-upnp-external-port", "", "PORT", "Which port; 0 for any; no effect here", { fallback: "0" }),
];

/** Flags of LinkSocks' client. */
const FLAGS_OF_LINKSOCKS = [
  valueFlag("token", "t", "TOKEN", "Token that the server knows; every user of this machine can see it in ps", {
    variable: "LINKSOCKS_TOKEN",
  }),
  valueFlag("url", "u", "URL", "The server", { variable: "LINKSOCKS_URL", fallback: "ws://localhost:8765" }),
  switchFlag("reverse", "r", "Be a provider: connections leave from here"),
  valueFlag("connector-token", "c", "TOKEN", "Of a provider: connector token to register after connecting", {
    variable: "LINKSOCKS_CONNECTOR_TOKEN",
  }),
  valueFlag("socks-host", "s", "HOST", "Where SOCKS5 is accepted", {
    variable: "LINKSOCKS_SOCKS_HOST",
    fallback: "127.0.0.1",
  }),
  valueFlag("socks-port", "p", "PORT", "Where SOCKS5 is accepted; 0 for any free port", {
    variable: "LINKSOCKS_SOCKS_PORT",
    fallback: "9870",
  }),
  ...CREDENTIAL_FLAGS,
  switchFlag("socks-no-wait", "i", "Open the SOCKS5 port before the server is reached"),
  switchFlag("no-reconnect", "R", "End where the server is lost or not reached"),
  switchFlag("retry-auth", "", "Try again after a refused token, too", { variable: "LINKSOCKS_RETRY_AUTH" }),
  switchFlag("debug", "d", "Log more; -dd: everything", { kind: "count" }),
  valueFlag("threads", "T", "N", "WebSockets to the server; negative for one per processor", { fallback: "1" }),
  valueFlag(
    "upstream-proxy",
    "x",
    "URL",
    "Of a provider: socks5:// or http:// proxy that targets are reached through",
    { variable: "LINKSOCKS_UPSTREAM_PROXY" },
  ),
  switchFlag("fast-open", "f", "Tell programs success before the target is reached", {
    variable: "LINKSOCKS_FASTOPEN",
  }),
  switchFlag("no-env-proxy", "E", "Reach the server without the HTTP_PROXY, HTTPS_PROXY of the environment"),
];

/** Where an exit may lead; LinkSocks' has none of it. */
export const DESTINATION_FLAGS = [
  valueFlag("allow", "", "WHERE", "Where connections may leave to although it is denied; repeatable", { kind: "list" }),
  valueFlag(
    "deny",
    "",
    "WHERE",
    "Where they may not: a range, an address, a name or *, with :PORT or not; repeatable",
    {
      kind: "list",
    },
  ),
];

/** What LinkSocks' client does not have. */
const OWN_FLAGS = [
  valueFlag("token-file", "", "FILE", "Read the token from a file, which ps does not show"),
  valueFlag("header", "", '"NAME: VALUE"', "Sent to the server when connecting; repeatable", { kind: "list" }),
  valueFlag("ca", "", "FILE", "PEM file of the certificates to trust, instead of the system's"),
  ...DESTINATION_FLAGS,
];

/** All that client, connector and provider take. */
export const CLIENT_FLAGS = [...FLAGS_OF_LINKSOCKS, ...OWN_FLAGS, ...CLIENT_DIRECT_FLAGS] as const;
