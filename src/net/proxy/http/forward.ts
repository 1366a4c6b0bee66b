import { startTimer } from "../../../platform/timers.ts";
import { type ByteStream, createMailbox, listenTo, NO_LISTENER } from "../../byte-stream.ts";
import { formatHostAndPort, type HostAndPort } from "../../host-and-port.ts";
import { closeKindly } from "../close-kindly.ts";
import { encodeProxyReply } from "../proxy-reply.ts";
import type { ConnectRequest, ForwardRequest, ProxyCredentials, ProxyRequest } from "../proxy-request.ts";
import { SOCKS_REPLY, type SocksReplyCode } from "../socks-codec.ts";
import { acceptHttp } from "./accept-http.ts";
import { exchange } from "./exchange.ts";

export interface ForwardOptions {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly credentials: ProxyCredentials;
  /** Connects to a host; gives the reason, as SOCKS has it, where that fails. */
  dial(target: HostAndPort): Promise<ByteStream | SocksReplyCode>;
  /** Takes the client over with a CONNECT that came behind other requests. */
  serveConnect(request: ConnectRequest): void;
  /** Between two requests a client is idle, and may be closed for another one. */
  noteIdle(isIdle: boolean): void;
}

/** How long a client may take for its next request, its head included. */
const NEXT_REQUEST_MS = 60_000;

/** A request of these may be sent again where a kept connection turns out to be closed; RFC 9110 section 9.2.1. */
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/**
 * Serves the requests of an HTTP client, one after the other: the next one is read when the response of the last is through.
 * The connection to the host is kept for requests to the same one.
 * @param client paused, with a listener that keeps what it sends.
 */
export async function forwardHttp(client: ByteStream, first: ForwardRequest, options: ForwardOptions): Promise<void> {
  let request: ProxyRequest | undefined = first;
  let kept: KeptHost | undefined;
  try {
    while (request?.command === "forward") {
      const served: Served | undefined = await forwardOne(client, request, kept, options);
      kept = served?.kept;
      if (served === undefined) return;
      request = await readNext(client, options);
    }
  } finally {
    kept?.stream.end();
  }
  if (request?.command === "connect") options.serveConnect(request);
}

/** A host whose connection may carry another request. */
interface KeptHost {
  readonly key: string;
  readonly stream: ByteStream;
  /** It has neither closed nor said anything unasked. */
  isQuiet(): boolean;
}

/** The client may ask for more. */
interface Served {
  readonly kept: KeptHost | undefined;
}

/** @returns undefined where the client's connection has ended, or belongs to another protocol. */
async function forwardOne(
  client: ByteStream,
  request: ForwardRequest,
  kept: KeptHost | undefined,
  options: ForwardOptions,
): Promise<Served | undefined> {
  const key = formatHostAndPort(request.target);
  const mayRepeat = SAFE_METHODS.includes(request.method) && request.body.kind === "length" && request.body.bytes === 0;
  const isReused = mayRepeat && kept !== undefined && kept.key === key && kept.isQuiet();
  if (!isReused) kept?.stream.end();
  const host = isReused ? kept.stream : await reach(client, request, options);
  if (host === undefined) return undefined;
  const end = await exchange(client, host, request);
  switch (end.kind) {
    case "answered":
      if (end.clientStays) return { kept: end.hostStays ? keep(host, key) : undefined };
      if (end.hostStays) host.end();
      break;
    case "unanswered":
      if (isReused) return await forwardOne(client, request, undefined, options);
      client.write(encodeProxyReply("http", SOCKS_REPLY.generalFailure));
      break;
    case "failed":
      break;
    case "switched":
      return undefined;
    case "left":
      client.end();
      return undefined;
  }
  closeKindly(client, options.part);
  return undefined;
}

/** @returns undefined where the host cannot be reached, which the client is told, or the client has gone. */
async function reach(
  client: ByteStream,
  { target }: ForwardRequest,
  { dial, part }: ForwardOptions,
): Promise<ByteStream | undefined> {
  const waiting = createMailbox();
  listenTo(client, waiting);
  const reached = await dial(target);
  if (typeof reached !== "number" && !waiting.isClosed) return reached;
  if (typeof reached !== "number") reached.end();
  else if (!waiting.isClosed) {
    client.write(encodeProxyReply("http", reached));
    closeKindly(client, part);
  }
  return undefined;
}

function keep(stream: ByteStream, key: string): KeptHost {
  let isQuiet = true;
  listenTo(stream, { ...NO_LISTENER, onData: drop, onEnd: drop, onClose: drop });
  return { key, stream, isQuiet: () => isQuiet };

  function drop(): void {
    if (!isQuiet) return;
    isQuiet = false;
    stream.end();
  }
}

/** Waits for the next request. @returns undefined where the client has gone, or was refused. */
async function readNext(
  client: ByteStream,
  { credentials, part, noteIdle }: ForwardOptions,
): Promise<ProxyRequest | undefined> {
  const acceptor = acceptHttp(credentials);
  const next = Promise.withResolvers<ProxyRequest | undefined>();
  let isSettled = false;
  const timer = startTimer(part, NEXT_REQUEST_MS, leave);
  const waiting = createMailbox(look);
  noteIdle(true);
  client.resume();
  listenTo(client, waiting);
  return await next.promise;

  function look(): void {
    if (isSettled) return;
    if (waiting.unread.length > 0) take(waiting.take(waiting.unread.length));
    else if (waiting.hasEnded || waiting.isClosed) leave();
  }

  function take(bytes: Uint8Array): void {
    const { reply, isRefused, request, rest } = acceptor.take(bytes);
    if (isRefused) {
      settle(undefined);
      client.write(reply);
      closeKindly(client, part);
    } else if (request !== undefined) {
      // Paused, it may have bytes under way.
      client.pause();
      settle(request);
      if (rest.length > 0) waiting.onData(rest);
    }
  }

  function leave(): void {
    settle(undefined);
    client.end();
  }

  function settle(request: ProxyRequest | undefined): void {
    isSettled = true;
    clearTimeout(timer);
    acceptor.drop();
    noteIdle(false);
    next.resolve(request);
  }
}
