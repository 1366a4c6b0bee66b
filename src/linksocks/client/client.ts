import { Failure } from "../../platform/failure.ts";
import type { SessionMessage } from "../channel/read-frame.ts";
import type { Session } from "../channel/session.ts";
import { createSessionPool } from "../channel/session-pool.ts";
import { listenForSocks, type SocksListener } from "../entry/socks-listener.ts";
import { createDial } from "../exit/dial.ts";
import { serveConnect } from "../exit/serve-connect.ts";
import { CLIENT_HELLO, SERVER_HELLO } from "../hello.ts";
import type { ClientOptions } from "../options.ts";
import { readCertificateAuthority } from "./certificate-authority.ts";
import { type Connection, keepConnected } from "./connection.ts";
import { createConnectors } from "./connectors.ts";
import { answerProbe, showLog } from "./server-log.ts";
import { parseServerUrl } from "./server-url.ts";

/** What a client knows of its connections now. */
export interface ClientStatus {
  /** Authenticated WebSockets. */
  readonly connected: number;
  /** Channels that carry something. */
  readonly channels: number;
  /** Milliseconds since anything came from the server; undefined while there is no connection. */
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
   * Resolves after `stop`. Rejects with a Failure: `usage` for a URL that cannot be meant, `address-in-use` for a taken
   * SOCKS port, `start-failed` where the token was refused, the server lost without `reconnects`, or the connector token
   * could not be registered.
   */
  readonly ended: Promise<void>;
  /** Where SOCKS is accepted; undefined until it is, and for a provider. */
  readonly socksPort: number | undefined;
  status(): ClientStatus;
  /** A provider's: registers a connector token and keeps it over reconnects. @returns the token. @throws Failure */
  addConnector(token: string): Promise<string>;
  /** @throws Failure */
  removeConnector(token: string): Promise<void>;
  /** Asks the server whether it is there. @returns the round trip in milliseconds. @throws Failure `timed-out` */
  ping(milliseconds: number): Promise<number>;
  /** The network has changed: attempts that wait for their time are made now. */
  hurry(): void;
  /** Closes its connections and channels; may be called twice. */
  stop(): Promise<void>;
}

/** How long a request waits for a connection; section 5.2. */
const SESSION_WAIT_MS = 10_000;

/** How long the first bytes of a target wait behind the answer, where the server is not one of ours; section 4.7. */
const GO_SERVER_GAP_MS = 20;

/**
 * Starts a LinkSocks client, connector or provider; reference page linksocks.md sections 3 to 5.
 * @throws Failure `usage` for options that cannot be meant (URL, certificate), `address-in-use` for a taken SOCKS port that
 *   opens at once.
 */
export async function startClient(options: ClientOptions): Promise<LinkSocksClient> {
  parseServerUrl(options.url);
  const certificateAuthority = await readCertificateAuthority(options.certificateAuthority);
  const { role, threads, log } = options;
  const isProvider = role === "provider";
  const instance = crypto.randomUUID();
  const pool = createSessionPool();
  const connectors = createConnectors();
  const dial = createDial(options.upstream);
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  const past = { receivedBytes: 0, sentBytes: 0 };
  let registering: Promise<void> | undefined;
  let hasRegistered = false;
  let listener: SocksListener | undefined;
  if (!isProvider && options.socksWithoutWaiting) listen();

  const connections: readonly Connection[] = Array.from({ length: threads }, (_, index) =>
    keepConnected({
      client: options,
      instance,
      certificateAuthority,
      label: threads > 1 ? ` (${index + 1}/${threads})` : "",
      signal: stopping.signal,
      onMessage: receive,
      onOpened: (session) => void open(session).catch(failed.reject),
      onLost: lose,
    }),
  );
  const ended = Promise.race([Promise.all(connections.map((connection) => connection.ended)), failed.promise]).then(
    () => undefined,
  );
  ended.then(() => ready.reject(new Failure("start-failed", "stopped before it was connected")), endWith);
  ready.promise.catch(() => undefined);

  return {
    ready: ready.promise,
    ended,
    get socksPort() {
      return listener?.port;
    },
    status: describe,
    addConnector: async (token) => connectors.add(await pick(), token),
    removeConnector: async (token) => connectors.remove(await pick(), token),
    ping,
    hurry() {
      for (const connection of connections) connection.hurry();
    },
    stop,
  };

  function listen(): void {
    const { host, port, username, password } = options.socks;
    const credentials = { username, password };
    const pickSession = () => pool.pick(SESSION_WAIT_MS);
    listener ??= listenForSocks({ host, port, credentials, fastOpen: options.fastOpen, pickSession });
    log("info", `SOCKS5 is accepted on ${host}:${listener.port}`);
  }

  async function open(session: Session): Promise<void> {
    if (!isProvider && listener === undefined) listen();
    pool.add(session);
    options.onChange();
    if (isProvider) await register(session);
    if (pool.has(session)) ready.resolve();
  }

  async function register(session: Session): Promise<void> {
    if (hasRegistered && pool.size === 1) {
      await connectors.replay(session).catch((error: Error) => log("error", error.message));
    }
    // Another connection may be about it already.
    registering ??= registerFirst();
    await registering;
  }

  /** Over whichever connection lives long enough for the answer. */
  async function registerFirst(): Promise<void> {
    while (options.connectorToken !== "" && !stopping.signal.aborted) {
      const session = await pool.pick(SESSION_WAIT_MS);
      if (session === undefined) continue;
      try {
        await connectors.add(session, options.connectorToken);
        log("info", "the connector token is registered");
        break;
      } catch (error) {
        if (pool.has(session)) throw error;
      }
    }
    hasRegistered = true;
  }

  function lose(session: Session): void {
    pool.remove(session);
    connectors.lose(session);
    past.receivedBytes += session.receivedBytes;
    past.sentBytes += session.sentBytes;
    options.onChange();
  }

  function receive(session: Session, message: SessionMessage): void {
    switch (message.type) {
      case "connect": {
        // Only providers dial; section 4.5.
        const gapMs = session.keepsWindows ? 0 : GO_SERVER_GAP_MS;
        if (isProvider) serveConnect(message, { session, dial, allowsUdp: options.upstream === undefined, gapMs });
        break;
      }
      case "connector-response":
        connectors.receive(message);
        break;
      case "partners":
        // Only connectors and providers are told; our own server has said its hello by now, and loses nothing.
        session.losesEarlyData = !session.keepsWindows;
        log("info", `${message.count} ${isProvider ? "connectors" : "providers"} at the server`);
        break;
      case "log":
        if (message.text === SERVER_HELLO.text) {
          session.keepsWindows = true;
          session.send(CLIENT_HELLO);
        } else if (!answerProbe(session, message)) showLog(message, log);
    }
  }

  async function pick(): Promise<Session> {
    const session = await pool.pick(SESSION_WAIT_MS);
    if (session === undefined) throw new Failure("timed-out", "there is no connection to the server");
    return session;
  }

  async function ping(milliseconds: number): Promise<number> {
    const open = connections.find(({ current }) => current !== undefined)?.current;
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Failure("timed-out", "the server does not answer")), milliseconds);
    try {
      return await Promise.race([open?.alive.ping() ?? promise, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  function describe(): ClientStatus {
    const open = connections.flatMap(({ current }) => current ?? []);
    const sum = (of: (session: Session) => number) => open.reduce((total, { session }) => total + of(session), 0);
    const failures = connections.map(({ lastFailure }) => lastFailure);
    return {
      connected: open.length,
      channels: sum(({ channelCount }) => channelCount),
      silentMs: open.length === 0 ? undefined : Math.min(...open.map(({ alive }) => alive.silentMs)),
      roundTripMs: open[0]?.alive.roundTripMs,
      lastFailure: open.length > 0 ? undefined : failures.find((failure) => failure !== undefined),
      receivedBytes: past.receivedBytes + sum(({ receivedBytes }) => receivedBytes),
      sentBytes: past.sentBytes + sum(({ sentBytes }) => sentBytes),
    };
  }

  async function stop(): Promise<void> {
    stopping.abort();
    listener?.stop();
    await Promise.allSettled(connections.map((connection) => connection.ended));
  }

  function endWith(error: Error): void {
    ready.reject(error);
    void stop();
  }
}
