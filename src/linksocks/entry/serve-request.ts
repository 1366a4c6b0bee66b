import { type ByteStream, createMailbox, listenTo, type SocketStream } from "../../net/byte-stream.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import { encodeProxyReply } from "../../net/proxy/proxy-reply.ts";
import type { ConnectRequest, ForwardRequest, ProxyRequest } from "../../net/proxy/proxy-request.ts";
import { SOCKS_REPLY, type SocksReplyCode } from "../../net/proxy/socks-codec.ts";
import { pump } from "../../net/pump.ts";
import type { Trunk } from "../channel/trunk.ts";
import { openTcp } from "./open-tcp.ts";
import { openUdp } from "./open-udp.ts";
import { replyCodeFor } from "./reply-code.ts";

/** A SOCKS client that has said what it wants, and the connection that is to carry it. */
interface ServedRequest {
  /** Paused; what the client sent behind its request is kept. */
  readonly stream: SocketStream;
  readonly request: Exclude<ProxyRequest, ForwardRequest>;
  readonly trunk: Trunk;
  /** The client is told success before the target is reached. */
  readonly fastOpen: boolean;
}

/** Carries out what a SOCKS client asked for, over `trunk`. */
export function serveRequest(served: ServedRequest): void {
  const { request } = served;
  if (request.command === "connect") serveConnect(served, request);
  else openUdp(served.stream, served.trunk);
}

/** Connects to `target` over `trunk`; gives the reason where that fails. */
export function dial(trunk: Trunk, target: HostAndPort, fastOpen: boolean): Promise<ByteStream | SocksReplyCode> {
  const { promise, resolve } = Promise.withResolvers<ByteStream | SocksReplyCode>();
  openTcp(trunk, target, fastOpen, { onOpen: resolve, onRefused: (reason) => resolve(replyCodeFor(reason)) });
  return promise;
}

function serveConnect({ stream, trunk, fastOpen }: ServedRequest, request: ConnectRequest): void {
  let isAnswered = false;
  const channel = openTcp(trunk, request.target, fastOpen, {
    onOpen(opened) {
      answer(SOCKS_REPLY.succeeded);
      pump(stream, opened);
    },
    onRefused(reason) {
      if (isAnswered) return;
      answer(replyCodeFor(reason));
      stream.end();
    },
  });
  if (isAnswered) return;
  const waiting = createMailbox(() => {
    if (!waiting.isClosed) return;
    isAnswered = true;
    channel.abandon("the client has gone");
  });
  listenTo(stream, waiting);

  function answer(code: SocksReplyCode): void {
    isAnswered = true;
    stream.write(encodeProxyReply(request.protocol, code));
  }
}
