// Tunnels that our own LinkSocks client carries within the daemon. This room reads their configs and makes a `Way` of a
// client; the protocol is another room's, from which `daemon/` hands it the client. Nothing here is loaded before the
// first such tunnel starts.

import type { LinkSettings } from "./link-section.ts";

/** What a client is asked for. It reconnects by itself, and its SOCKS port opens before the server is reached. */
export interface LinkRequest extends Omit<LinkSettings, "heedsProxyVariables" | "isProvider" | "urlLine"> {
  readonly role: "client" | "provider";
  /** Of a client: where it accepts SOCKS. Empty texts where no password is asked for. */
  readonly socks: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  };
  /** The variables of the environment that tell a proxy for reaching the server; undefined to ignore them. */
  readonly proxyEnvironment: Readonly<Record<string, string | undefined>> | undefined;
  /** Called when a connection to the server was opened or lost. */
  readonly onChange: () => void;
  /** Hears what the client has to tell; no text holds a secret. */
  readonly log: (level: "trace" | "debug" | "info" | "warn" | "error", text: string) => void;
}

/** A client that runs. */
export interface Link {
  /** Resolves with the first authenticated connection; rejects as `ended` does. */
  readonly ready: Promise<void>;
  /** Resolves after `stop`; rejects with a Failure where the server has refused it for good. */
  readonly ended: Promise<void>;
  status(): LinkStatus;
  /** The round trip to the server in milliseconds. @throws Failure `timed-out`. */
  ping(milliseconds: number): Promise<number>;
  /** The network has changed: attempts that wait for their time are made now. */
  hurry(): void;
  /** Closes its port and its connections, at once. */
  stop(): Promise<void>;
}

export interface LinkStatus {
  /** Authenticated connections to the server. */
  readonly connected: number;
  /** Milliseconds since anything came from the server; undefined while there is no connection. */
  readonly silentMs: number | undefined;
  /** Why the last attempt failed; undefined while connected. */
  readonly lastFailure: string | undefined;
  /** Bytes that were carried from and to the server. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** @throws Failure `usage` for what cannot be meant, `address-in-use`. */
export type OpenLink = (request: LinkRequest) => Promise<Link>;
