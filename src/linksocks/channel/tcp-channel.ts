import { NO_LISTENER, type StreamListener } from "../../net/byte-stream.ts";
import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import { inflateBody } from "../codec/inflate.ts";
import type { ChannelId, ChannelMessage, ConnectResponseMessage, DataMessage } from "../codec/message.ts";
import { CLOSE_CODE } from "../link/link.ts";
import { createInbound, type Inbound } from "./inbound.ts";
import { createOutbound } from "./outbound.ts";
import type { Trunk } from "./trunk.ts";
import { FIRST_WINDOW } from "./window.ts";

interface TcpChannelOptions {
  readonly id: ChannelId;
  readonly trunk: Trunk;
  /** What the peer takes in advance, where it has said so: an exit side knows it from Connect. */
  readonly peerWindow: number | undefined;
  /** This side keeps windows, unless the peer's response shows that it does not. */
  readonly keepsWindows: boolean;
  /** A SOCKS side's: the exit has answered. */
  onResponse?(response: ConnectResponseMessage): void;
  /** It is over, from whichever side. */
  onOver?(): void;
}

/** One TCP connection over a link, as the stream that it is for the socket at this end. */
export type TcpChannel = ReturnType<typeof createTcpChannel>;

/** How long we wait for replies after our end, where the peer knows no half-close and will soon hang up. */
const LATE_REPLY_MS = 5_000;

/** A body of a few KiB may become 64 MiB: it is not added to more than this, which the link's readers have left. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** What may wait of all channels of a peer: all that windows may grow by, and 256 first windows. */
const MOST_TOGETHER_BYTES = 128 * 1024 * 1024;

const TOO_MUCH_WAITS = "too much waits for slow readers";

/** An orderly end; any other reason is a broken connection, and shown as one. */
const ORDERLY = ["", "EOF"];

export function createTcpChannel(options: TcpChannelOptions) {
  const { id, trunk } = options;
  const data = { listener: NO_LISTENER };
  /** Beside its other reason to hold the link; a name that no channel has. */
  const inflating = `${id} inflating`;
  const credit = options.keepsWindows ? (options.peerWindow ?? FIRST_WINDOW) : Infinity;
  const outbound = createOutbound(id, trunk, credit, () => data.listener.onDrain());
  const inbound = createInbound(id, trunk, options.keepsWindows, {
    onData: (bytes) => data.listener.onData(bytes),
    onStalled: () => abandon("the reader has stalled"),
  });
  let keepsWindows = options.keepsWindows;
  const peerEnd = createPeerEnd(data, inbound);
  let hasShutDown = false;
  /** What came behind a body that is being inflated; undefined while none is. */
  let behind: ChannelMessage[] | undefined;
  /** Meanwhile: what came before is still handed on. */
  let isLinkLost = false;
  /** Once it is over, the trunk does not know it any more; what came before is still handed on. */
  let over: "orderly" | "broken" | undefined;
  let linger: ReturnType<typeof setTimeout> | undefined;

  return {
    data,
    write: (bytes: Uint8Array) => (over === undefined && !hasShutDown ? outbound.write(bytes) : -1),
    pause: inbound.pause,
    resume(): void {
      inbound.resume();
      peerEnd.listen();
    },
    shutdown(): void {
      if (over !== undefined || hasShutDown) return;
      hasShutDown = true;
      if (keepsWindows) trunk.send({ type: "finish", channel: id });
      else {
        sendDisconnect("EOF");
        linger = startTimer(trunk.link.part, LATE_REPLY_MS, () => finish("orderly"));
      }
    },
    end(): void {
      if (over !== undefined) return;
      if (!hasShutDown) sendDisconnect("EOF");
      else if (!peerEnd.isReached) sendDisconnect("");
      finish("orderly");
    },
    terminate: () => abandon("connection reset"),
    /** The peer knows that the channel is open; nothing is sent before. */
    allowSending: outbound.allow,
    /** Ends it from this side, with a word to the peer. */
    abandon,
    /** Ends it without a word: the peer has refused it, or is told by a refusal. */
    discard: () => finish("broken"),
    receive(message: ChannelMessage): void {
      if (behind === undefined) take(message);
      else behind.push(message);
    },
    onLinkLost(): void {
      if (behind === undefined) finish("broken");
      else isLinkLost = true;
    },
  };

  function take(message: ChannelMessage): void {
    if (message.type === "data") receiveData(message);
    else if (message.type === "connect-response") receiveResponse(message);
    else if (message.type === "disconnect") finish(ORDERLY.includes(message.reason) ? "orderly" : "broken");
    else if (message.type === "finish") peerEnd.reach();
    else if (message.bytes > 0) outbound.addCredit(message.bytes);
    else inbound.grow();
  }

  function receiveData(message: DataMessage): void {
    if (message.isCompressed) letGo(trunk.link.part, receiveCompressed(message), fail);
    else if (!inbound.receive(message.body)) abandon("window exceeded");
    else if (keepsWindows && inbound.isBehind && trunk.waitingBytes > MOST_TOGETHER_BYTES) abandon(TOO_MUCH_WAITS);
  }

  function fail(): void {
    behind = undefined;
    trunk.release(inflating);
    abandon("internal error");
  }

  /** Everything keeps its order: what comes meanwhile waits, and the link is not read. */
  async function receiveCompressed(first: DataMessage): Promise<void> {
    const queue: ChannelMessage[] = [];
    behind = queue;
    trunk.hold(inflating);
    for (let next: ChannelMessage | undefined = first; next !== undefined && over === undefined; next = queue.shift()) {
      if (next.type === "data" && next.isCompressed) receiveInflated(await inflateBody(next));
      else take(next);
    }
    behind = undefined;
    trunk.release(inflating);
    if (isLinkLost) finish("broken");
  }

  function receiveInflated(bytes: Uint8Array | undefined): void {
    if (over !== undefined) return;
    if (bytes === undefined) trunk.link.close(CLOSE_CODE.protocolError, "a body is no gzip, or too long");
    else if (trunk.waitingBytes > MOST_WAITING_BYTES) abandon(TOO_MUCH_WAITS);
    else if (!inbound.receive(bytes)) abandon("window exceeded");
  }

  function receiveResponse(response: ConnectResponseMessage): void {
    if (response.success && keepsWindows) {
      if (response.window === undefined) {
        keepsWindows = false;
        inbound.forgetWindow();
        outbound.addCredit(Infinity);
      } else outbound.addCredit(response.window - FIRST_WINDOW);
    }
    options.onResponse?.(response);
  }

  function abandon(reason: string): void {
    if (over !== undefined) return;
    sendDisconnect(reason);
    finish("broken");
  }

  function sendDisconnect(reason: string): void {
    trunk.send({ type: "disconnect", channel: id, reason });
  }

  function finish(manner: "orderly" | "broken"): void {
    if (over !== undefined) return;
    over = manner;
    inbound.close();
    clearTimeout(linger);
    trunk.remove(id);
    options.onOver?.();
    peerEnd.close(manner === "broken");
  }
}

/** Tells a channel's listener of the peer's end or of the close, behind all the bytes that came before. */
function createPeerEnd(data: { listener: StreamListener }, inbound: Inbound) {
  let hasListener = false;
  let end: "none" | "reached" | "told" = "none";
  /** Undefined while it is open. */
  let wasBroken: boolean | undefined;
  return {
    get isReached() {
      return end !== "none";
    },
    /** Somebody listens from now on, and has just read what there was. */
    listen(): void {
      hasListener = true;
      announce();
    },
    /** The peer sends nothing more. */
    reach(): void {
      if (end === "none") end = "reached";
      announce();
    },
    close(isBroken: boolean): void {
      wasBroken = isBroken;
      announce();
    },
  };

  function announce(): void {
    if (!hasListener) return;
    if (wasBroken !== undefined) {
      const { listener } = data;
      inbound.flush();
      data.listener = NO_LISTENER;
      listener.onClose(wasBroken);
    } else if (end === "reached" && inbound.isEmpty) {
      end = "told";
      data.listener.onEnd();
    }
  }
}
