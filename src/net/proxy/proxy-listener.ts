import { letGo } from "../../platform/containment.ts";
import { cannotListen } from "../../platform/failure.ts";
import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { startTimer } from "../../platform/timers.ts";
import {
  createMailbox,
  handleStreams,
  keepStreamAlive,
  listenTo,
  NO_LISTENER,
  type SocketStream,
  type StreamListener,
} from "../byte-stream.ts";
import { acceptProxy } from "./accept-proxy.ts";
import { closeKindly } from "./close-kindly.ts";
import type { ProxyCredentials, ProxyRequest } from "./proxy-request.ts";
import { SOCKS_METHOD, SOCKS_PASSWORD_VERSION, SOCKS_VERSION } from "./socks-codec.ts";

export interface ProxyListenerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly credentials: ProxyCredentials;
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  /** Hears of each client that is refused, in a sentence. */
  onRefused(text: string): void;
  /** Carries out a request. */
  serve(served: ServedClient): Promise<void>;
}

/** A client that has said what it wants. */
export interface ServedClient {
  /** Paused; what the client sent behind its request, and does meanwhile, is kept for its next listener. */
  readonly stream: SocketStream;
  readonly request: ProxyRequest;
  /** It has closed its connection meanwhile. */
  hasGone(): boolean;
  /** Between two requests it is idle, and may be closed for another client. */
  noteIdle(isIdle: boolean): void;
}

export interface ProxyListener {
  readonly port: number;
  /** Stops accepting; what is carried goes on. */
  stop(): void;
}

/** A client that has not said what it wants by then is closed. */
const HANDSHAKE_MS = 30_000;

/** Connections of all listeners of this process: each takes a descriptor and memory. */
let open = 0;
/** Those among them that have not said what they want, the oldest first. */
const silent = new Set<SocketStream>();

/**
 * Accepts SOCKS5, SOCKS4, SOCKS4a and HTTP proxy requests on one port; docs/protocols/linksocks.md#socks5-side.
 * @throws Failure `address-in-use`, `start-failed`.
 */
export function listenForProxy(options: ProxyListenerOptions): ProxyListener {
  const most = affordableConnections("socks");
  const listener = listen({
    open(socket) {
      open += 1;
      silent.add(socket);
      socket.data = { listener: createHandshake(socket, options) };
      keepStreamAlive(socket);
      if (open > most) makeRoom(socket, options);
    },
    close(socket, error) {
      open -= 1;
      silent.delete(socket);
      socket.data.listener.onClose(error !== undefined && error !== null);
    },
  });
  return { port: listener.port, stop: () => listener.stop() };

  function listen(handlers: Bun.SocketHandler<{ listener: StreamListener }>) {
    const { host, port, part } = options;
    try {
      return Bun.listen<{ listener: StreamListener }>({
        hostname: host,
        port,
        exclusive: true,
        allowHalfOpen: true,
        // Until `open` gives each connection its own.
        data: { listener: NO_LISTENER },
        socket: handleStreams(part, handlers),
      });
    } catch (error) {
      throw cannotListen(error, `cannot accept SOCKS on ${host}:${port}`, "choose another port or address");
    }
  }
}

/** The one that has been silent longest goes; where all others have said what they want, that is who came last. */
function makeRoom(newcomer: SocketStream, { onRefused }: ProxyListenerOptions): void {
  const [oldest = newcomer] = silent;
  onRefused(`${unmapIPv4(oldest.remoteAddress)} was closed on the SOCKS5 port: there are too many connections`);
  if (oldest === newcomer) oldest.write(new Uint8Array([SOCKS_VERSION, SOCKS_METHOD.notAcceptable]));
  oldest.terminate();
}

/** Reads what a client wants. Afterwards the connection hears from somebody else. */
function createHandshake(stream: SocketStream, { credentials, part, onRefused, serve }: ProxyListenerOptions) {
  const acceptor = acceptProxy(credentials);
  const timer = startTimer(part, HANDSHAKE_MS, () => stream.terminate());
  const listener: StreamListener = {
    onData(bytes) {
      const { reply, isRefused, request, rest } = acceptor.take(bytes);
      stream.write(reply);
      if (isRefused) {
        onRefused(`${unmapIPv4(stream.remoteAddress)} was refused on the SOCKS5 port: ${explain(reply)}`);
        leave();
        closeKindly(stream, part);
      }
      if (request === undefined) return;
      leave();
      silent.delete(stream);
      stream.pause();
      // Paused as it is, it may have bytes under way and may still close.
      const waiting = createMailbox();
      if (rest.length > 0) waiting.onData(rest);
      listenTo(stream, waiting);
      letGo(part, serve({ stream, request, hasGone: () => waiting.isClosed, noteIdle }), () => stream.terminate());
    },
    onDrain: () => undefined,
    onEnd: () => stream.end(),
    onClose: leave,
  };
  return listener;

  function leave(): void {
    clearTimeout(timer);
    acceptor.drop();
  }

  function noteIdle(isIdle: boolean): void {
    if (isIdle) silent.add(stream);
    else silent.delete(stream);
  }
}

/** What a refusal of the handshake was about. @param reply it, RFC 1928 and 1929, SOCKS4, or HTTP. */
function explain(reply: Uint8Array): string {
  const [, status] = /^HTTP\/1\.1 (.*)\r\n/.exec(Buffer.from(reply.subarray(0, 64)).toString("latin1")) ?? [];
  if (status !== undefined) return `its HTTP request was answered with ${status}`;
  const [one, two] = reply.subarray(-2);
  if (one === SOCKS_PASSWORD_VERSION && two === 1) return "wrong user name or password";
  if (one === SOCKS_VERSION && two === SOCKS_METHOD.notAcceptable)
    return "it offers no way to authenticate that is taken";
  return "its request cannot be carried out";
}
