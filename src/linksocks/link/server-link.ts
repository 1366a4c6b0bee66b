import { LONGEST_MESSAGE } from "../codec/wire-format.ts";
import { CONGESTED_BYTES, DRAINED_BYTES, type Link, type LinkListener, toFrame } from "./link.ts";

/** What Bun keeps with each WebSocket of a server. */
export interface LinkData<Caller> {
  readonly caller: Caller;
  listener: LinkListener | undefined;
  /** Why it was closed before there was a listener: Bun tells at once of a close of our own. */
  closedBefore: string | undefined;
  wasCongested: boolean;
}

/** What the loop watch calls a server, and all that it carries. */
export const SERVER_PART = "LinkSocks server";

/** Seconds after which a peer of which nothing was heard, not even an answer to our pings, is taken for lost. */
const SILENCE_SECONDS = 75;

/**
 * Bun's handlers for the WebSockets of a LinkSocks server. `accept` is told of each new one and gives its listener.
 * One message may have 32 MiB; Bun closes with 1009 beyond that.
 */
export function linkHandlers<Caller>(
  accept: (link: Link, caller: Caller) => LinkListener,
): Bun.WebSocketHandler<LinkData<Caller>> {
  return {
    maxPayloadLength: LONGEST_MESSAGE,
    idleTimeout: SILENCE_SECONDS,
    sendPings: false,
    perMessageDeflate: false,
    // Bun would drop messages beyond a limit; who sends looks at isCongested instead.
    backpressureLimit: 0,
    open(socket) {
      const listener = accept(createServerLink(socket), socket.data.caller);
      socket.data.listener = listener;
      if (socket.data.closedBefore !== undefined) listener.onClose(socket.data.closedBefore);
    },
    message: (socket, message) => socket.data.listener?.onFrame(toFrame(message)),
    drain(socket) {
      if (!socket.data.wasCongested || socket.getBufferedAmount() > DRAINED_BYTES) return;
      socket.data.wasCongested = false;
      socket.data.listener?.onDrain();
    },
    ping: (socket) => socket.data.listener?.onLife(),
    pong: (socket) => socket.data.listener?.onPong(),
    close(socket, code, reason) {
      const why = reason || `closed with code ${code}`;
      if (socket.data.listener === undefined) socket.data.closedBefore = why;
      else socket.data.listener.onClose(why);
    },
  };
}

function createServerLink<Caller>(socket: Bun.ServerWebSocket<LinkData<Caller>>): Link {
  return {
    part: SERVER_PART,
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.sendBinary(frame);
    },
    get isCongested() {
      if (socket.getBufferedAmount() > CONGESTED_BYTES) socket.data.wasCongested = true;
      return socket.data.wasCongested;
    },
    get bufferedBytes() {
      return socket.getBufferedAmount();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ping: () => void socket.ping(),
    pong: () => void socket.pong(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
