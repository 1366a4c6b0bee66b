import type { Flag } from "../../parse-flags.ts";

/** What a SOCKS5 port asks for, whoever opens it. */
export const CREDENTIAL_FLAGS: readonly Flag[] = [
  {
    name: "socks-username",
    short: "n",
    value: "NAME",
    variable: "LINKSOCKS_SOCKS_USERNAME",
    meaning: "Asked for by SOCKS5",
  },
  {
    name: "socks-password",
    short: "w",
    value: "PASSWORD",
    variable: "LINKSOCKS_SOCKS_PASSWORD",
    meaning: "Asked for by SOCKS5; seen in ps as a token is",
  },
];

/**
 * LinkSocks connects provider and connector directly, by UDP or QUIC; we do not. Whoever asks for what works through the
 * server as well gets that, and is told.
 */
export const CLIENT_DIRECT_FLAGS = [
  {
    name: "direct-mode",
    value: "MODE",
    choices: ["auto", "relay-only", "direct-only"],
    fallback: "auto",
    meaning: "All traffic is relayed; direct-only is refused",
  },
  {
    name: "direct-discovery",
    value: "HOW",
    choices: ["stun", "server", "auto"],
    fallback: "stun",
    meaning: "How a direct address would be found; no effect here",
  },
  {
    name: "direct-host-candidates",
    value: "WHEN",
    choices: ["auto", "never", "always"],
    fallback: "auto",
    meaning: "When own addresses would be offered; no effect here",
  },
  { name: "stun-server", kind: "list", value: "HOST:PORT", meaning: "A STUN server; repeatable; no effect here" },
  {
    name: "direct-only-action",
    value: "ACTION",
    choices: ["exit", "refuse"],
    fallback: "exit",
    meaning: "What direct-only would do without a connection; no effect here",
  },
  { name: "direct-upnp", kind: "switch", meaning: "Ask the router for a port; no effect here" },
  { name: "direct-upnp-lease", value: "TIME", fallback: "30m", meaning: "For how long; no effect here" },
  { name: "direct-upnp-keep", kind: "switch", meaning: "Keep it after the end; no effect here" },
  { name: "direct-upnp-external-port", value: "PORT", fallback: "0", meaning: "Which port; 0 for any; no effect here" },
] as const satisfies readonly Flag[];

/** Flags of LinkSocks' client. */
const FLAGS_OF_LINKSOCKS = [
  {
    name: "token",
    short: "t",
    value: "TOKEN",
    variable: "LINKSOCKS_TOKEN",
    meaning: "Token that the server knows; every user of this machine can see it in ps",
  },
  {
    name: "url",
    short: "u",
    value: "URL",
    variable: "LINKSOCKS_URL",
    fallback: "ws://localhost:8765",
    meaning: "The server",
  },
  { name: "reverse", short: "r", kind: "switch", meaning: "Be a provider: connections leave from here" },
  {
    name: "connector-token",
    short: "c",
    value: "TOKEN",
    variable: "LINKSOCKS_CONNECTOR_TOKEN",
    meaning: "Of a provider: connector token to register after connecting",
  },
  {
    name: "socks-host",
    short: "s",
    value: "HOST",
    variable: "LINKSOCKS_SOCKS_HOST",
    fallback: "127.0.0.1",
    meaning: "Where SOCKS5 is accepted",
  },
  {
    name: "socks-port",
    short: "p",
    value: "PORT",
    variable: "LINKSOCKS_SOCKS_PORT",
    fallback: "9870",
    meaning: "Where SOCKS5 is accepted; 0 for any free port",
  },
  ...CREDENTIAL_FLAGS,
  { name: "socks-no-wait", short: "i", kind: "switch", meaning: "Open the SOCKS5 port before the server is reached" },
  { name: "no-reconnect", short: "R", kind: "switch", meaning: "End where the server is lost or not reached" },
  {
    name: "retry-auth",
    kind: "switch",
    variable: "LINKSOCKS_RETRY_AUTH",
    meaning: "Try again after a refused token, too",
  },
  { name: "debug", short: "d", kind: "count", meaning: "Log more; -dd: everything" },
  {
    name: "threads",
    short: "T",
    value: "N",
    fallback: "1",
    meaning: "WebSockets to the server; negative for one per processor",
  },
  {
    name: "upstream-proxy",
    short: "x",
    value: "URL",
    variable: "LINKSOCKS_UPSTREAM_PROXY",
    meaning: "Of a provider: socks5:// or http:// proxy that targets are reached through",
  },
  {
    name: "fast-open",
    short: "f",
    kind: "switch",
    variable: "LINKSOCKS_FASTOPEN",
    meaning: "Tell programs success before the target is reached",
  },
  {
    name: "no-env-proxy",
    short: "E",
    kind: "switch",
    meaning: "Reach the server without the HTTP_PROXY, HTTPS_PROXY of the environment",
  },
] as const satisfies readonly Flag[];

/** What LinkSocks' client does not have. */
const OWN_FLAGS = [
  { name: "token-file", value: "FILE", meaning: "Read the token from a file, which ps does not show" },
  { name: "header", kind: "list", value: '"NAME: VALUE"', meaning: "Sent to the server when connecting; repeatable" },
  { name: "ca", value: "FILE", meaning: "PEM file of the certificates to trust, instead of the system's" },
] as const satisfies readonly Flag[];

/** All that client, connector and provider take. */
export const CLIENT_FLAGS = [...FLAGS_OF_LINKSOCKS, ...OWN_FLAGS, ...CLIENT_DIRECT_FLAGS] as const;
