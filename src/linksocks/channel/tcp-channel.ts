import type { ByteStream, StreamListener } from "../../net/byte-stream.ts";
import { inflateBody } from "../codec/inflate.ts";
import type { ChannelId, ConnectResponseMessage, DataMessage } from "../codec/message.ts";
import { CLOSE_CODE } from "../link/link.ts";
import type { Channel } from "./channel.ts";
import { createHold } from "./hold.ts";
import { createInbound } from "./inbound.ts";
import { createOutbound } from "./outbound.ts";
import type { Session } from "./session.ts";
import { createReceiveWindow, FIRST_WINDOW } from "./window.ts";

export interface TcpChannelOptions {
  readonly id: ChannelId;
  readonly session: Session;
  /** What the peer takes in advance, where it has said so: an exit side knows it from Connect. */
  readonly peerWindow: number | undefined;
  /** This side keeps windows, unless the peer's response shows that it does not. */
  readonly keepsWindows: boolean;
  /** A SOCKS side's: the exit has answered. */
  onResponse?(response: ConnectResponseMessage): void;
  /** It is over before it was joined to a socket. */
  onAborted?(): void;
}

/** One TCP connection over a link: what the socket reads goes out as Data, and the other way round. Sections 4 and 2.4. */
export interface TcpChannel extends Channel {
  /** Hears from the local socket, which may be open before it is joined. */
  readonly listener: StreamListener;
  /** Gives it the local socket, to write to and to close. */
  join(stream: ByteStream): void;
  /** The peer knows that the channel is open; nothing is sent before. */
  allowSending(): void;
  /** Ends it from this side, with a word to the peer. */
  abandon(reason: string): void;
  /** Ends it without a word: the peer has refused it, or is told by a refusal. */
  discard(): void;
}

/** How long a socket may take over what is left for it after its channel has ended, as long as it takes nothing. */
const FLUSH_MS = 60_000;

/** How long we wait for replies after our end, where the peer knows no half-close and will soon hang up. Section 4.6. */
const LATE_REPLY_MS = 5_000;

/** An orderly end; any other reason is a broken connection, and shown to the socket as one. Section 1.8. */
const ORDERLY = ["", "EOF"];

export function createTcpChannel(options: TcpChannelOptions): TcpChannel {
  const { id, session } = options;
  const inbound = createInbound();
  const outbound = createOutbound(id, session, options.keepsWindows ? (options.peerWindow ?? FIRST_WINDOW) : Infinity);
  const window = createReceiveWindow();
  const hold = createHold(session, id, () => abandon("the reader has stalled"));
  let keepsWindows = options.keepsWindows;
  let stream: ByteStream | undefined;
  let wasJoined = false;
  let isClosed = false;
  let isReading = true;
  let maySend = false;
  let hasToldBlocked = false;
  let localEnd: "none" | "reached" | "broken" | "told" = "none";
  let hasPeerEnd = false;
  /** Once it is over, the session does not know it any more; what came before is still written to the socket. */
  let over: "no" | "orderly" | "broken" = "no";
  let linger: ReturnType<typeof setTimeout> | undefined;

  return {
    listener: {
      onData(bytes) {
        if (over === "no" && localEnd === "none") outbound.push(bytes);
        sendOut();
      },
      onDrain: writeIn,
      onEnd() {
        if (localEnd === "none") localEnd = "reached";
        sendOut();
      },
      onClose(wasBroken) {
        isClosed = true;
        stream = undefined;
        inbound.clear();
        clearTimeout(linger);
        if (localEnd === "told") return abandon(wasBroken ? "connection reset" : "");
        if (localEnd === "none") localEnd = wasBroken ? "broken" : "reached";
        sendOut();
      },
    },
    join(joined) {
      wasJoined = true;
      if (isClosed) return;
      stream = joined;
      if (over === "broken") closeStream();
      else if (isReading) joined.resume();
      else joined.pause();
      writeIn();
    },
    allowSending() {
      maySend = true;
      sendOut();
    },
    abandon,
    discard: () => finish("broken"),
    receive(message) {
      if (message.type === "data") receiveData(message);
      else if (message.type === "window") receiveWindow(message.bytes);
      else if (message.type === "connect-response") receiveResponse(message);
      else if (message.type === "disconnect") finish(ORDERLY.includes(message.reason) ? "orderly" : "broken");
      else {
        hasPeerEnd = true;
        writeIn();
      }
    },
    onLinkLost: () => finish("broken"),
  };

  function receiveResponse(response: ConnectResponseMessage): void {
    if (response.success && keepsWindows) {
      if (response.window === undefined) {
        keepsWindows = false;
        outbound.addCredit(Infinity);
      } else outbound.addCredit(response.window - FIRST_WINDOW);
    }
    options.onResponse?.(response);
  }

  function receiveData(message: DataMessage): void {
    const bytes = inflateBody(message);
    if (bytes === undefined) session.link.close(CLOSE_CODE.protocolError, "a body is no gzip, or too long");
    else if (keepsWindows && !window.receive(bytes.length)) abandon("window exceeded");
    else {
      inbound.push(bytes);
      writeIn();
    }
  }

  function receiveWindow(bytes: number): void {
    if (bytes > 0) {
      outbound.addCredit(bytes);
      hasToldBlocked = false;
      sendOut();
    } else if (inbound.waiting === 0) giveCredit(window.grow());
  }

  /** From the link to the socket. */
  function writeIn(): void {
    const taken = stream === undefined ? 0 : inbound.writeTo(stream);
    if (taken > 0) linger?.refresh();
    if (over === "no") {
      if (keepsWindows) giveCredit(window.passOn(taken));
      else hold.update(inbound.waiting, taken > 0);
    }
    if (stream === undefined || inbound.waiting > 0) return;
    if (over !== "no") closeStream();
    else if (hasPeerEnd) {
      stream.shutdown();
      finishIfBothEnded();
    }
  }

  /** From the socket to the link. */
  function sendOut(): void {
    if (over !== "no") return;
    const obstacle = maySend ? outbound.send() : undefined;
    if (obstacle === "link") session.awaitDrain(id, sendOut);
    if (obstacle === "credit" && !hasToldBlocked) {
      hasToldBlocked = true;
      session.send({ type: "window", channel: id, bytes: 0 });
    }
    if (outbound.waiting > 0) read(false);
    else {
      read(true);
      if (maySend) tellEnd();
    }
  }

  function read(isWanted: boolean): void {
    if (isWanted === isReading) return;
    isReading = isWanted;
    if (isWanted) stream?.resume();
    else stream?.pause();
  }

  /** Once, when the socket has ended and all that it sent is on its way. */
  function tellEnd(): void {
    if (localEnd === "none" || localEnd === "told") return;
    const wasReached = localEnd === "reached";
    localEnd = "told";
    if (stream === undefined) {
      tellDisconnect(wasReached ? "EOF" : "connection reset");
      finish("orderly");
    } else if (keepsWindows) {
      session.send({ type: "finish", channel: id });
      finishIfBothEnded();
    } else {
      tellDisconnect("EOF");
      linger = setTimeout(() => finish("orderly"), LATE_REPLY_MS);
    }
  }

  function finishIfBothEnded(): void {
    if (hasPeerEnd && localEnd === "told") finish("orderly");
  }

  function giveCredit(bytes: number): void {
    if (bytes > 0 && !hasPeerEnd) session.send({ type: "window", channel: id, bytes });
  }

  function abandon(reason: string): void {
    if (over !== "no") return;
    tellDisconnect(reason);
    finish("broken");
  }

  function tellDisconnect(reason: string): void {
    session.send({ type: "disconnect", channel: id, reason });
  }

  function finish(manner: "orderly" | "broken"): void {
    if (over !== "no") return;
    over = manner;
    hold.stop();
    window.close();
    session.remove(id);
    clearTimeout(linger);
    if (!wasJoined) options.onAborted?.();
    if (stream !== undefined && inbound.waiting > 0) linger = setTimeout(closeStream, FLUSH_MS);
    writeIn();
  }

  function closeStream(): void {
    clearTimeout(linger);
    const [closing, isClean] = [stream, over === "orderly" && inbound.waiting === 0];
    stream = undefined;
    if (isClean) closing?.end();
    else closing?.terminate();
  }
}
