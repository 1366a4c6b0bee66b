import type { HostAndPort } from "../net/host-and-port.ts";
import type { ProxyAddress } from "../net/proxy/proxy-address.ts";
import type { ProxyCredentials } from "../net/proxy/proxy-request.ts";
import type { Environment } from "../platform/environment.ts";
import type { DestinationOptions } from "./exit/destinations.ts";

/** How much a line of a role's log matters; those of LinkSocks, docs/protocols/linksocks.md#log-and-partnersupdate. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Hears what a role has to tell. No text holds a token, a password or a key. */
export type LogLine = (level: LogLevel, text: string) => void;

export interface ClientOptions {
  /** Whose its work is, see platform/containment.ts. */
  readonly part: string;
  /** As the user gave it. */
  readonly url: string;
  /** Empty means `anonymous`. */
  readonly token: string;
  /** A client and a connector accept SOCKS and are the same on the wire; a provider dials. */
  readonly role: "client" | "provider";
  /** Where a client accepts SOCKS, port 0 for any free one; not used by a provider. */
  readonly socks: HostAndPort & ProxyCredentials;
  /** The SOCKS port opens before the server is reached. */
  readonly socksWithoutWaiting: boolean;
  /** The connector token that a provider registers; empty for none. */
  readonly connectorToken: string;
  /** How many WebSockets, at least 1. */
  readonly threads: number;
  /** After a lost connection or a failed attempt, try again, for ever. */
  readonly reconnects: boolean;
  /** After a refused token, too. */
  readonly retriesAuthentication: boolean;
  /** Tell applications success before the target is reached. */
  readonly fastOpen: boolean;
  /** The proxy through which a provider dials its targets. */
  readonly upstream: ProxyAddress | undefined;
  /** What a provider may dial. */
  readonly destinations: DestinationOptions;
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` of the environment, for reaching the server; undefined to ignore them. */
  readonly proxyEnvironment: Environment | undefined;
  /** Sent with the WebSocket's upgrade. */
  readonly headers: Readonly<Record<string, string>>;
  /** Path of a PEM file with the certificates that are trusted in place of the system's. */
  readonly certificateAuthority: string | undefined;
  /** The first delay before a new attempt, in milliseconds; 1,000 unless a test is in a hurry. */
  readonly reconnectDelayMs: number;
  /** The longest, in milliseconds: 10 minutes with LinkSocks. */
  readonly longestReconnectDelayMs: number;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Called when a connection to the server was opened or lost. */
  readonly onChange: () => void;
  readonly log: LogLine;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM files; both or none. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  /** Where the ports of reverse tokens listen. */
  readonly socksHost: string;
  /** A reverse token's port opens with the token, and not only with its first provider. */
  readonly socksWithoutWaiting: boolean;
  /** Tell applications success before the target is reached; on reverse ports. */
  readonly fastOpen: boolean;
  /** What targets are dialled through. */
  readonly upstream: ProxyAddress | undefined;
  /** What forward clients may have dialled. */
  readonly destinations: DestinationOptions;
  /** Empty: there is no API. */
  readonly apiKey: string;
  /** How long a connector's request waits for a provider, in milliseconds. */
  readonly connectorWaitMs: number;
  /** How many bytes of a channel go into one message at most; other limits may be lower. */
  readonly bufferSize: number;
  /** Ports for reverse tokens that name none, both included. */
  readonly portPool: { readonly first: number; readonly last: number };
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` and `CF-Connecting-IP` are believed. */
  readonly trustedProxies: readonly string[];
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  readonly log: LogLine;
}
