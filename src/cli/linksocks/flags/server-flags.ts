import type { Flag } from "../../parse-flags.ts";
import { CREDENTIAL_FLAGS } from "./client-flags.ts";

/** They do nothing here; see those of the client. */
export const SERVER_DIRECT_FLAGS = [
  { name: "direct-enable", kind: "switch", meaning: "Help clients to connect directly; no effect here" },
  { name: "direct-rendezvous-udp", kind: "switch", meaning: "Tell them their addresses; no effect here" },
  { name: "direct-rendezvous-host", value: "HOST", meaning: "Where, by UDP; no effect here" },
  { name: "direct-rendezvous-port", value: "PORT", meaning: "Where, by UDP; no effect here" },
] as const satisfies readonly Flag[];

/** Flags of LinkSocks' server. */
const FLAGS_OF_LINKSOCKS = [
  {
    name: "ws-host",
    short: "H",
    value: "HOST",
    variable: "LINKSOCKS_WEBSOCKET_HOST",
    fallback: "0.0.0.0",
    meaning: "Where clients connect",
  },
  {
    name: "ws-port",
    short: "P",
    value: "PORT",
    variable: "LINKSOCKS_WEBSOCKET_PORT",
    fallback: "8765",
    meaning: "Where clients connect; 0 for any free port",
  },
  {
    name: "token",
    short: "t",
    value: "TOKEN",
    variable: "LINKSOCKS_TOKEN",
    meaning: "Token of the clients, otherwise generated; every user of this machine can see it in ps",
  },
  {
    name: "connector-token",
    short: "c",
    value: "TOKEN",
    variable: "LINKSOCKS_CONNECTOR_TOKEN",
    meaning: "With -r: token of the connectors, otherwise generated",
  },
  {
    name: "connector-autonomy",
    short: "a",
    kind: "switch",
    variable: "LINKSOCKS_CONNECTOR_AUTONOMY",
    meaning: "With -r: providers register connector tokens, and no SOCKS5 port opens",
  },
  {
    name: "buffer-size",
    short: "b",
    value: "BYTES",
    fallback: "1048576",
    meaning: "Longest read that is sent as one message",
  },
  { name: "reverse", short: "r", kind: "switch", meaning: "Providers are the way out, and not this machine" },
  {
    name: "socks-host",
    short: "s",
    value: "HOST",
    variable: "LINKSOCKS_SOCKS_HOST",
    fallback: "127.0.0.1",
    meaning: "With -r: where SOCKS5 is accepted",
  },
  {
    name: "socks-port",
    short: "p",
    value: "PORT",
    variable: "LINKSOCKS_SOCKS_PORT",
    fallback: "9870",
    meaning: "With -r: where SOCKS5 is accepted; 0 for a free port from 1024 to 10240",
  },
  ...CREDENTIAL_FLAGS,
  { name: "socks-nowait", short: "i", kind: "switch", meaning: "Open the SOCKS5 port before a provider is there" },
  { name: "debug", short: "d", kind: "count", meaning: "Log more; -dd: everything" },
  {
    name: "api-key",
    short: "k",
    value: "KEY",
    variable: "LINKSOCKS_API_KEY",
    meaning: "Open the HTTP API, which creates the tokens; none is made at the start",
  },
  {
    name: "upstream-proxy",
    short: "x",
    value: "URL",
    variable: "LINKSOCKS_UPSTREAM_PROXY",
    meaning: "Without -r: socks5:// or http:// proxy that targets are reached through",
  },
  {
    name: "fast-open",
    short: "f",
    kind: "switch",
    variable: "LINKSOCKS_FASTOPEN",
    meaning: "With -r: tell programs success before the target is reached",
  },
  {
    name: "connector-wait-provider",
    value: "TIME",
    fallback: "5s",
    meaning: "How long a connector's request waits for a provider",
  },
] as const satisfies readonly Flag[];

/** What LinkSocks' server does not have. */
const OWN_FLAGS = [
  { name: "token-file", value: "FILE", meaning: "Read the token from a file, which ps does not show" },
  { name: "tls-cert", value: "FILE", meaning: "PEM file of the certificate: clients connect to wss://" },
  { name: "tls-key", value: "FILE", meaning: "PEM file of its key" },
  {
    name: "trust-proxy",
    kind: "list",
    value: "ADDRESS",
    meaning: "Address or range (10.0.0.0/8) of a proxy that tells the clients' addresses; repeatable",
  },
] as const satisfies readonly Flag[];

export const SERVER_FLAGS = [...FLAGS_OF_LINKSOCKS, ...OWN_FLAGS, ...SERVER_DIRECT_FLAGS] as const;
