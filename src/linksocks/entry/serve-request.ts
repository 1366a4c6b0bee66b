import { createMailbox, listenTo, type SocketStream } from "../../net/byte-stream.ts";
import { encodeSocksReply, SOCKS_REPLY, type SocksReplyCode } from "../../net/proxy/socks-codec.ts";
import type { SocksRequest } from "../../net/proxy/socks-server.ts";
import { pump } from "../../net/pump.ts";
import type { Trunk } from "../channel/trunk.ts";
import { openTcp } from "./open-tcp.ts";
import { openUdp } from "./open-udp.ts";
import { replyCodeFor } from "./reply-code.ts";

/** A SOCKS client that has said what it wants, and the connection that is to carry it. */
interface ServedRequest {
  /** Paused; what the client sent behind its request is kept. */
  readonly stream: SocketStream;
  readonly request: SocksRequest;
  readonly trunk: Trunk;
  /** The client is told success before the target is reached. */
  readonly fastOpen: boolean;
}

/** Carries out what a SOCKS client asked for, over `trunk`. */
export function serveRequest(served: ServedRequest): void {
  if (served.request.command === "connect") serveConnect(served);
  else openUdp(served.stream, served.trunk);
}

function serveConnect({ stream, request, trunk, fastOpen }: ServedRequest): void {
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
    stream.write(encodeSocksReply(code));
  }
}
