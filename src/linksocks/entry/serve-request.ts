import { SOCKS_REPLY, type SocksReplyCode, socksReply } from "../../net/socks-server.ts";
import { openTcp } from "./open-tcp.ts";
import { openUdp } from "./open-udp.ts";
import { replyCodeFor } from "./reply-code.ts";
import type { ServedRequest } from "./served-request.ts";

/** Carries out what a SOCKS client asked for, over `session`; section 4.4. */
export function serveRequest(served: ServedRequest): void {
  if (served.request.command === "connect") serveConnect(served);
  else openUdp(served);
}

function serveConnect({ stream, request, rest, session, fastOpen, ...served }: ServedRequest): void {
  let isAnswered = false;
  let early = rest;
  let { hasEnded } = served;
  const channel = openTcp(session, request.target, fastOpen, {
    onOpen(opened) {
      answer(SOCKS_REPLY.succeeded);
      stream.data.listener = opened.listener;
      if (early.length > 0) opened.listener.onData(early);
      opened.join(stream);
      if (hasEnded) opened.listener.onEnd();
    },
    onRefused(reason) {
      if (isAnswered) return;
      answer(replyCodeFor(reason));
      stream.end();
    },
  });
  if (isAnswered) return;
  // Paused as it is, it may have bytes under way and may still close.
  stream.data.listener = {
    onData(bytes) {
      early = Buffer.concat([early, bytes]);
    },
    onDrain: () => undefined,
    onEnd() {
      hasEnded = true;
    },
    onClose: () => {
      isAnswered = true;
      channel.abandon("the client has gone");
    },
  };

  function answer(code: SocksReplyCode): void {
    isAnswered = true;
    stream.write(new Uint8Array(socksReply(code)));
  }
}
