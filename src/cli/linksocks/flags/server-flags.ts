import { switchFlag, valueFlag } from "../../parse-flags.ts";
import { CREDENTIAL_FLAGS, DESTINATION_FLAGS } from "./client-flags.ts";

/** They do nothing here; see those of the client. */
export const SERVER_DIRECT_FLAGS = [
  switchFlag("direct-enable", "", "Help clients to connect directly; no effect here"),
  switchFlag("direct-rendezvous-udp", "", "Tell them their addresses; no effect here"),
  valueFlag("direct-rendezvous-host", "", "HOST", "Where, by UDP; no effect here"),
  valueFlag("direct-rendezvous-port", "", "PORT", "Where, by UDP; no effect here"),
];

/** Flags of LinkSocks' server. */
const FLAGS_OF_LINKSOCKS = [
  valueFlag("ws-host", "H", "HOST", "Where clients connect", {
    variable: "LINKSOCKS_WEBSOCKET_HOST",
    fallback: "0.0.0.0",
  }),
  valueFlag("ws-port", "P", "PORT", "Where clients connect; 0 for any free port", {
    variable: "LINKSOCKS_WEBSOCKET_PORT",
    fallback: "8765",
  }),
  valueFlag(
    "token",
    "t",
    "TOKEN",
    "Token of the clients, otherwise generated; every user of this machine can see it in ps",
    { variable: "LINKSOCKS_TOKEN" },
  ),
  valueFlag("connector-token", "c", "TOKEN", "With -r: token of the connectors, otherwise generated", {
    variable: "LINKSOCKS_CONNECTOR_TOKEN",
  }),
  switchFlag("connector-autonomy", "a", "With -r: providers register connector tokens, and no SOCKS5 port opens", {
    variable: "LINKSOCKS_CONNECTOR_AUTONOMY",
  }),
  valueFlag("buffer-size", "b", "BYTES", "Longest read that is sent as one message", { fallback: "1048576" }),
  switchFlag("reverse", "r", "Providers are the way out, and not this machine"),
  valueFlag("socks-host", "s", "HOST", "With -r: where SOCKS5 is accepted", {
    variable: "LINKSOCKS_SOCKS_HOST",
    fallback: "127.0.0.1",
  }),
  valueFlag("socks-port", "p", "PORT", "With -r: where SOCKS5 is accepted; 0 for a free port from 1024 to 10240", {
    variable: "LINKSOCKS_SOCKS_PORT",
    fallback: "9870",
  }),
  ...CREDENTIAL_FLAGS,
  switchFlag("socks-nowait", "i", "Open the SOCKS5 port before a provider is there"),
  switchFlag("debug", "d", "Log more; -dd: everything", { kind: "count" }),
  valueFlag("api-key", "k", "KEY", "Open the HTTP API, which creates the tokens; none is made at the start", {
    variable: "LINKSOCKS_API_KEY",
  }),
  valueFlag("upstream-proxy", "x", "URL", "Without -r: socks5:// or http:// proxy that targets are reached through", {
    variable: "LINKSOCKS_UPSTREAM_PROXY",
  }),
  switchFlag("fast-open", "f", "With -r: tell programs success before the target is reached", {
    variable: "LINKSOCKS_FASTOPEN",
  }),
  valueFlag("connector-wait-provider", "", "TIME", "How long a connector's request waits for a provider", {
    fallback: "5s",
  }),
];

/** What LinkSocks' server does not have. */
const OWN_FLAGS = [
  valueFlag("token-file", "", "FILE", "Read the token from a file, which ps does not show"),
  valueFlag("tls-cert", "", "FILE", "PEM file of the certificate: clients connect to wss://"),
  valueFlag("tls-key", "", "FILE", "PEM file of its key"),
  valueFlag(
    "trust-proxy",
    "",
    "ADDRESS",
    "Address or range (10.0.0.0/8) of a proxy that tells the clients' addresses; repeatable",
    { kind: "list" },
  ),
  ...DESTINATION_FLAGS,
];

export const SERVER_FLAGS = [...FLAGS_OF_LINKSOCKS, ...OWN_FLAGS, ...SERVER_DIRECT_FLAGS] as const;
