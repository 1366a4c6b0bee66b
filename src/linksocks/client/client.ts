import type { ProxyListener } from "../../net/proxy/proxy-listener.ts";
import { letGo } from "../../platform/containment.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { within } from "../../platform/waiting.ts";
import type { Trunk } from "../channel/trunk.ts";
import { createTrunkPool, TRUNK_WAIT_MS, type TrunkPool } from "../channel/trunk-pool.ts";
import { listenForSocks } from "../entry/socks-listener.ts";
import type { ClientOptions } from "../options.ts";
import { type KeptConnection, keepConnected } from "./connection.ts";
import { createConnectors } from "./connectors.ts";
import { createReceiver } from "./receive-message.ts";
import { parseServerUrl } from "./server-url.ts";

/** A running client, connector or provider. */
export type LinkSocksClient = Awaited<ReturnType<typeof startClient>>;

/** What a client knows of its connections now. */
export type ClientStatus = ReturnType<LinkSocksClient["status"]>;

/**
 * Starts a LinkSocks client, connector or provider.
 * @throws Failure `usage` for options that cannot be meant (URL, certificate), `address-in-use` for a taken SOCKS port
 * that
 *   opens at once.
 */
export async function startClient(options: ClientOptions) {
  parseServerUrl(options.url);
  const certificateAuthority = await readCertificateAuthority(options.certificateAuthority);
  const { role, threads } = options;
  const instance = crypto.randomUUID();
  const pool = createTrunkPool();
  const stopping = new AbortController();
  const { signal } = stopping;
  const connectors = createConnectors({ pool, token: options.connectorToken, log: options.log, signal });
  const receive = createReceiver(options, connectors);
  const ready = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  const past = { receivedBytes: 0, sentBytes: 0 };
  let listener: ProxyListener | undefined;
  if (role === "client" && options.socksWithoutWaiting) listener = listen(options, pool);

  const connections = Array.from({ length: threads }, (_, index) =>
    keepConnected({
      client: options,
      instance,
      certificateAuthority,
      label: threads > 1 ? ` (${index + 1}/${threads})` : "",
      signal,
      onMessage: receive,
      onOpened: (trunk) => letGo(options.part, open(trunk).catch(failed.reject)),
      onLost: lose,
    }),
  );
  const ended: Promise<void> = Promise.race([
    Promise.all(connections.map((connection) => connection.ended)),
    failed.promise,
  ]).then(() => undefined);
  letGo(
    options.part,
    ended.then(() => ready.reject(new Failure("start-failed", "stopped before it was connected")), endWith),
  );
  ready.promise.catch(() => undefined);

  return {
    /** Resolves with the first authenticated connection, a client's SOCKS port open. Rejects as `ended` does. */
    ready: ready.promise,
    /**
     * Resolves after `stop`. Rejects with a Failure: `usage` for a URL that cannot be meant, `address-in-use` for a
     * taken SOCKS port, `start-failed` where the token was refused, the server lost without `reconnects`, or the
     * connector token could not be registered.
     */
    ended,
    /** Where SOCKS is accepted; undefined until it is, and for a provider. */
    get socksPort() {
      return listener?.port;
    },
    status: () => describeConnections(connections, past),
    /** Asks the server whether it is there. @returns the round trip in milliseconds. @throws Failure `timed-out` */
    ping: (milliseconds: number) => pingWithin(connections, milliseconds),
    /** The network has changed: attempts that wait for their time are made now. */
    retryNow() {
      for (const connection of connections) connection.retryNow();
    },
    /** Closes its connections and channels; may be called twice. */
    stop,
  };

  async function open(trunk: Trunk): Promise<void> {
    if (role === "client") listener ??= listen(options, pool);
    pool.add(trunk);
    options.onChange();
    if (role === "provider") await connectors.register(trunk);
    if (pool.has(trunk)) ready.resolve();
  }

  function lose(trunk: Trunk): void {
    pool.remove(trunk);
    connectors.lose(trunk);
    past.receivedBytes += trunk.receivedBytes;
    past.sentBytes += trunk.sentBytes;
    options.onChange();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    listener?.stop();
    await Promise.allSettled(connections.map((connection) => connection.ended));
  }

  function endWith(error: Error): void {
    ready.reject(error);
    letGo(options.part, stop());
  }
}

function listen({ socks, fastOpen, part, log }: ClientOptions, pool: TrunkPool): ProxyListener {
  const { host, port, username, password } = socks;
  const pickTrunk = () => pool.pick(TRUNK_WAIT_MS);
  const listener = listenForSocks({ host, port, credentials: { username, password }, fastOpen, part, log, pickTrunk });
  log("info", `SOCKS5 is accepted on ${host}:${listener.port}`);
  return listener;
}

async function pingWithin(connections: readonly KeptConnection[], milliseconds: number): Promise<number> {
  const open = connections.find(({ current }) => current !== undefined)?.current;
  const answer = open?.alive.ping() ?? Promise.withResolvers<number>().promise;
  return await within(answer, milliseconds, () => new Failure("timed-out", "the server does not answer"));
}

/** @param past bytes of connections that were lost. */
function describeConnections(
  connections: readonly KeptConnection[],
  past: { readonly receivedBytes: number; readonly sentBytes: number },
) {
  const open = connections.flatMap(({ current }) => current ?? []);
  const sum = (of: (trunk: Trunk) => number) => open.reduce((total, { trunk }) => total + of(trunk), 0);
  const failures = connections.map(({ lastFailure }) => lastFailure);
  return {
    /** Authenticated WebSockets. */
    connected: open.length,
    /** Channels that carry something. */
    channels: sum(({ channelCount }) => channelCount),
    /** Milliseconds since anything came from the server; undefined while there is no connection. */
    silentMs: open.length === 0 ? undefined : Math.min(...open.map(({ alive }) => alive.silentMs)),
    /** The last round trip of a ping, in milliseconds. */
    roundTripMs: open[0]?.alive.roundTripMs,
    /** Why the last attempt failed; undefined while connected. */
    lastFailure: open.length > 0 ? undefined : failures.find((failure) => failure !== undefined),
    /** Bytes of channels from the server, since the start. */
    receivedBytes: past.receivedBytes + sum(({ receivedBytes }) => receivedBytes),
    /** Bytes of channels to the server, since the start. */
    sentBytes: past.sentBytes + sum(({ sentBytes }) => sentBytes),
  };
}

/**
 * The certificates in the PEM file at `path`.
 * @returns undefined where no file is named. @throws Failure `usage`
 */
async function readCertificateAuthority(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await Bun.file(path)
    .text()
    .catch((error) => {
      throw new Failure("usage", `the certificates cannot be read: ${describeError(error)}`, { cause: error });
    });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new Failure("usage", `${path} holds no certificate`, {
    hint: "a PEM file is expected, with -----BEGIN CERTIFICATE----- in it",
  });
}
