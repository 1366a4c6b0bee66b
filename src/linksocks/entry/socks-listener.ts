import {
  createMailbox,
  handleStreams,
  keepStreamAlive,
  listenTo,
  NO_LISTENER,
  type SocketStream,
  type StreamListener,
} from "../../net/byte-stream.ts";
import {
  encodeSocksReply,
  SOCKS_METHOD,
  SOCKS_PASSWORD_VERSION,
  SOCKS_REPLY,
  SOCKS_VERSION,
} from "../../net/proxy/socks-codec.ts";
import { acceptSocks, type SocksCredentials, type SocksRequest } from "../../net/proxy/socks-server.ts";
import { letGo } from "../../platform/containment.ts";
import { cannotListen } from "../../platform/failure.ts";
import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { startTimer } from "../../platform/timers.ts";
import { createBoundedLog } from "../bounded-log.ts";
import type { Trunk } from "../channel/trunk.ts";
import type { ClientOptions, LogLine } from "../options.ts";
import { serveRequest } from "./serve-request.ts";

export interface SocksListenerOptions extends Pick<ClientOptions, "fastOpen" | "part" | "log"> {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly credentials: SocksCredentials;
  /** The connection to carry the next request; waits for one, and gives undefined after a while. */
  pickTrunk(): Trunk | Promise<Trunk | undefined>;
}

export type SocksListener = ReturnType<typeof listenForSocks>;

/** A client that has not said what it wants by then is closed. */
const HANDSHAKE_MS = 30_000;

/** Connections of all listeners of this process: each takes a descriptor and memory. */
let open = 0;
/** Those among them that have not said what they want, the oldest first. */
const silent = new Set<SocketStream>();

/** Accepts SOCKS5; docs/protocols/linksocks.md#socks5-side. @throws Failure `address-in-use`, `start-failed`. */
export function listenForSocks(options: SocksListenerOptions) {
  const most = affordableConnections("socks");
  const refusals = createBoundedLog(options.log, "refusals on the SOCKS5 port", () => performance.now());
  const listener = listen({
    open(socket) {
      open += 1;
      silent.add(socket);
      socket.data = { listener: createHandshake(socket, options, refusals) };
      keepStreamAlive(socket);
      if (open > most) makeRoom(socket, refusals);
    },
    close(socket, error) {
      open -= 1;
      silent.delete(socket);
      socket.data.listener.onClose(error !== undefined && error !== null);
    },
  });
  return {
    port: listener.port,
    /** Stops accepting; what is carried goes on. */
    stop: () => listener.stop(),
  };

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
function makeRoom(newcomer: SocketStream, refusals: LogLine): void {
  const [oldest = newcomer] = silent;
  refusals("warn", `${unmapIPv4(oldest.remoteAddress)} was closed on the SOCKS5 port: there are too many connections`);
  if (oldest === newcomer) oldest.write(new Uint8Array([SOCKS_VERSION, SOCKS_METHOD.notAcceptable]));
  oldest.terminate();
}

/** Reads what a client wants. Afterwards the connection hears from somebody else. */
function createHandshake(stream: SocketStream, options: SocksListenerOptions, refusals: LogLine): StreamListener {
  const accept = acceptSocks(options.credentials);
  const timer = startTimer(options.part, HANDSHAKE_MS, () => stream.terminate());
  return {
    onData(bytes) {
      const { reply, isRefused, request, rest } = accept(bytes);
      stream.write(reply);
      if (isRefused) {
        refusals("warn", `${unmapIPv4(stream.remoteAddress)} was refused on the SOCKS5 port: ${explain(reply, bytes)}`);
        stream.end();
      }
      if (request === undefined) return;
      clearTimeout(timer);
      silent.delete(stream);
      letGo(options.part, serve(stream, request, rest, options), () => stream.terminate());
    },
    onDrain: () => undefined,
    onEnd: () => stream.end(),
    onClose: () => clearTimeout(timer),
  };
}

/** What a refusal of the handshake was about. @param reply it, RFC 1928 and 1929. @param bytes what it answers. */
function explain(reply: Uint8Array, bytes: Uint8Array): string {
  const [one, two] = reply.subarray(-2);
  if (one === SOCKS_PASSWORD_VERSION && two === 1) return "wrong user name or password";
  if (one === SOCKS_VERSION && two === SOCKS_METHOD.notAcceptable)
    return "it offers no way to authenticate that is taken";
  return /^[A-Z]{3,7} /.test(Buffer.from(bytes.subarray(0, 8)).toString("latin1"))
    ? "it speaks HTTP, and this port SOCKS5"
    : "its request cannot be carried out";
}

/** @param behind what the client sent behind its request. */
async function serve(
  stream: SocketStream,
  request: SocksRequest,
  behind: Uint8Array,
  { pickTrunk, fastOpen }: SocksListenerOptions,
): Promise<void> {
  stream.pause();
  // Paused as it is, it may have bytes under way and may still close.
  const waiting = createMailbox();
  if (behind.length > 0) waiting.onData(behind);
  listenTo(stream, waiting);
  const picked = pickTrunk();
  const trunk = picked instanceof Promise ? await picked : picked;
  if (waiting.isClosed) return;
  if (trunk === undefined) {
    stream.write(encodeSocksReply(SOCKS_REPLY.networkUnreachable));
    stream.end();
    return;
  }
  serveRequest({ stream, request, trunk, fastOpen });
}
