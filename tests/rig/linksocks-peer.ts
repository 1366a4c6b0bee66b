export type LinksocksRole = "server" | "client" | "provider" | "connector";

/** Everybody who speaks LinkSocks, and whom the tests can start: the Go core in its versions, and our own program. */
export interface LinksocksProgram {
  /** For the names of tests. */
  readonly name: string;
  /**
   * Starts it on loopback and resolves once it is ready, except with `awaitReady: false`.
   * @throws Error with what it wrote, where it ends before or is not ready in time.
   */
  start(role: LinksocksRole, options?: LinksocksOptions): Promise<LinksocksPeer>;
}

/** What docs/protocols/linksocks.md#command-line offers. Ports that are not given are free ones. */
export interface LinksocksOptions {
  /** Of a server: the port of its WebSockets. */
  readonly port?: number;
  /** Of the others: the server's address. */
  readonly url?: string;
  readonly token?: string;
  /** Of a server: the token is a reverse one. */
  readonly reverse?: boolean;
  /** Of a server with a reverse token: its providers manage the connectors. */
  readonly autonomy?: boolean;
  /** Of a server with a reverse token, and of a provider. */
  readonly connectorToken?: string;
  readonly socksPort?: number;
  readonly socksUsername?: string;
  readonly socksPassword?: string;
  readonly socksNoWait?: boolean;
  readonly fastOpen?: boolean;
  readonly threads?: number;
  /** `socks5://user:password@host:port`, or `http://`. */
  readonly upstreamProxy?: string;
  /** true unless said otherwise. */
  readonly reconnect?: boolean;
  readonly retryAuth?: boolean;
  /** In bytes. */
  readonly bufferSize?: number;
  readonly connectorWaitSeconds?: number;
  /** Of a server, which then has no token but those that its API is told to add. */
  readonly apiKey?: string;
  readonly awaitReady?: boolean;
  /** What only the Python API offers: further keyword arguments. Other programs refuse them. */
  readonly python?: Readonly<Record<string, unknown>>;
  /** What only a command line offers: further words. The Python API refuses them. */
  readonly words?: readonly string[];
}

export interface LinksocksPeer extends AsyncDisposable {
  readonly role: LinksocksRole;
  readonly pid: number;
  /** A server's address for `url`; of the others, the one they were given. */
  readonly url: string;
  /** Where it accepts SOCKS, if it does. */
  readonly socksPort: number;
  /** All that it has written, without colours. */
  output(): string;
  /** Resolves with its exit code when it has ended, 128 and more after a signal. */
  readonly ended: Promise<number>;
  hasEnded(): boolean;
  /** Calls a method of the Python API; rejects with its error, and always where a command line was started. */
  call(method: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Ends it in its orderly way. @returns the exit code. */
  end(): Promise<number>;
}

/** The WebSocket address of a server on loopback. */
export function serverUrl(port: number): string {
  return `ws://127.0.0.1:${port}`;
}
