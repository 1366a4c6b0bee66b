import { Failure } from "../../platform/failure.ts";
import type { ClientOptions } from "../options.ts";

/** What a client knows of its connections now. */
export interface ClientStatus {
  /** Authenticated WebSockets. */
  readonly connected: number;
  /** Channels that carry something. */
  readonly channels: number;
  /** Milliseconds since anything came from the server; undefined before that. */
  readonly silentMs: number | undefined;
  /** The last round trip of a ping, in milliseconds. */
  readonly roundTripMs: number | undefined;
  /** Why the last attempt failed; undefined while connected. */
  readonly lastFailure: string | undefined;
  /** Bytes of channels from and to the server, since the start. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface LinkSocksClient {
  /** Resolves with the first authenticated connection; a client's SOCKS port is then open. Rejects as `ended` does. */
  readonly ready: Promise<void>;
  /**
   * Resolves after `stop`. Rejects with a Failure: `start-failed` where the token was refused, the server was lost without
   * `reconnects`, or the connector token could not be registered.
   */
  readonly ended: Promise<void>;
  /** Where SOCKS is accepted; undefined until it is, and for a provider. */
  readonly socksPort: number | undefined;
  status(): ClientStatus;
  /** A provider's: registers a connector token and keeps it registered over reconnects. @returns the token. @throws Failure */
  addConnector(token: string): Promise<string>;
  removeConnector(token: string): Promise<void>;
  /** Sends nothing for a while? Asks the server with a ping and resolves with the round trip in milliseconds. @throws Failure `timed-out` */
  ping(milliseconds: number): Promise<number>;
  /** Closes its connections and channels, at once; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a LinkSocks client, connector or provider; reference page linksocks.md sections 3 to 5.
 * @throws Failure `usage` for options that cannot be meant (URL, certificate), `address-in-use` for a taken SOCKS port that
 *   opens at once.
 */
export async function startClient(_options: ClientOptions): Promise<LinkSocksClient> {
  throw new Failure("internal", "not built yet");
}
