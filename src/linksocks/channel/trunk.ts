import { contain, containBriefly } from "../../platform/containment.ts";
import { affordableConnections, takeTargets } from "../../platform/process/descriptor-limit.ts";
import { encodeMessage } from "../codec/encode.ts";
import type { ChannelId, ChannelMessage, LinkMessage, Protocol } from "../codec/message.ts";
import { DATA_HEAD_BYTES } from "../codec/wire-format.ts";
import type { Link } from "../link/link.ts";

/** One end of a channel, as the trunk that it runs over sees it. */
export interface Channel {
  /** @param frame the message's bytes, for who passes them on. */
  receive(message: ChannelMessage, frame: Buffer): void;
  /** The link is gone, and the trunk with it. */
  onLinkLost(): void;
}

/** Bodies are sent in messages of this size at most, so that no channel makes another wait for long. */
const LONGEST_BODY = 128 * 1024;

/** A peer without windows counts messages, not bytes. One byte less than what Go itself would compress. */
const LONGEST_BODY_WITHOUT_WINDOWS = 512 * 1024 - 1;

/** What one peer may have carried at a time: each channel is memory. */
const MOST_CHANNELS = 4_096;
const MOST_ASSOCIATIONS = 256;

/** Of the descriptors for targets and UDP sockets, so that one peer does not leave the others without. */
const SHARE_OF_PEER = 0.5;

/** Where a message is put together. The link copies it, so one place serves all. */
let assembly = Buffer.allocUnsafe(0);

/** An authenticated link and its channels. A channel belongs to one trunk and is reached by no other. */
export type Trunk = ReturnType<typeof createTrunk>;

/** @param longestBody the user's own limit for a message, in bytes. */
export function createTrunk(link: Link, longestBody = Number.POSITIVE_INFINITY) {
  const channels = new Map<ChannelId, Channel>();
  const waiting = new Map<ChannelId, () => void>();
  const holders = new Set<ChannelId>();
  let isEnded = false;
  let receivedBytes = 0;
  let sentBytes = 0;
  let targets = 0;
  /** A fault ends its channel; its neighbours on the link go on. */
  const hand = containBriefly(
    link.part,
    (message: ChannelMessage, frame: Buffer) => channels.get(message.channel)?.receive(message, frame),
    ({ channel }) => breakOff(channel),
  );
  const goOn = containBriefly(
    link.part,
    (_: ChannelId, onDrain: () => void) => onDrain(),
    (id) => breakOff(id),
  );
  const lose = contain(link.part, (channel: Channel) => channel.onLinkLost());

  const trunk = {
    link,
    /** Bytes of a channel that go into one message at most; `withWindows` where the peer keeps windows. */
    longestBody: (withWindows: boolean): number =>
      Math.min(longestBody, withWindows ? LONGEST_BODY : LONGEST_BODY_WITHOUT_WINDOWS),
    /** The peer and every hop to it keep windows; see window.ts. It is said in a hello. */
    keepsWindows: false,
    /** It was asked in a hello whether it keeps windows, and may not have answered yet: its answer to a Connect tells. */
    mayKeepWindows: false,
    /** Bytes of channels that wait for slow readers, all together. */
    waitingBytes: 0,
    /** The peer drops Data that comes before it has answered Connect: a Go server towards connectors. */
    losesEarlyData: false,
    /** Bytes of its channels that wait for providers, at a server. */
    queuedBytes: 0,
    /** UDP associations among its channels at an exit. */
    associations: 0,
    /** No further channel is to be opened for its peer. */
    isFull: (protocol: Protocol): boolean =>
      channels.size >= MOST_CHANNELS || (protocol === "udp" && trunk.associations >= MOST_ASSOCIATIONS),
    /**
     * Takes descriptors for a target or for UDP.
     * @returns what gives them back, to be called once; undefined where its peer, or this process, has no more.
     */
    takeTargets(count: number): (() => void) | undefined {
      if (targets + count > affordableConnections("targets") * SHARE_OF_PEER) return undefined;
      const giveBack = takeTargets(count);
      if (giveBack === undefined) return undefined;
      targets += count;
      return () => {
        targets -= count;
        giveBack();
      };
    },
    /** The link is gone. */
    get isEnded(): boolean {
      return isEnded;
    },
    get channelCount(): number {
      return channels.size;
    },
    get receivedBytes(): number {
      return receivedBytes;
    },
    get sentBytes(): number {
      return sentBytes;
    },
    /** @returns false where the name is taken, or the link is gone. */
    add(id: ChannelId, channel: Channel): boolean {
      if (isEnded || channels.has(id)) return false;
      channels.set(id, channel);
      return true;
    },
    remove,
    has: (id: ChannelId): boolean => channels.has(id),
    /** Hands a message to its channel; one for a channel that is not there is dropped. */
    dispatch(message: ChannelMessage, frame: Buffer): void {
      if (message.type === "data") receivedBytes += message.body.length;
      hand(message, frame);
    },
    send: (message: LinkMessage): void => link.send(encodeMessage(message)),
    /** Answers a Connect with a no. @param error why, in a few words for the other side. */
    refuse: (channel: ChannelId, error: string): void =>
      trunk.send({ type: "connect-response", channel, success: false, error }),
    /** Passes a message on as it came. */
    forward: (frame: Buffer): void => link.send(frame),
    /** Sends `bytes` of a TCP channel as one message; `head` is that of `tcpDataHead`. */
    sendTcpData(head: Buffer, bytes: Uint8Array): void {
      const length = DATA_HEAD_BYTES + bytes.length;
      if (assembly.length < length) assembly = Buffer.allocUnsafe(length);
      head.writeUInt32BE(bytes.length, DATA_HEAD_BYTES - 4);
      assembly.set(head);
      assembly.set(bytes, DATA_HEAD_BYTES);
      sentBytes += bytes.length;
      link.send(assembly.subarray(0, length));
    },
    /** Calls `onDrain` once the link has room: one channel after the other, the one that waits longest first. */
    awaitDrain: (id: ChannelId, onDrain: () => void): void => void waiting.set(id, onDrain),
    drain(): void {
      for (const [id, onDrain] of [...waiting]) {
        if (link.isCongested) return;
        waiting.delete(id);
        goOn(id, onDrain);
      }
    },
    /** Stops reading the link for as long as anyone holds it: the last means against a peer that keeps no windows. */
    hold(id: ChannelId): void {
      holders.add(id);
      if (holders.size === 1) link.pause();
    },
    release,
    /** The link is gone. */
    end(): void {
      isEnded = true;
      for (const channel of [...channels.values()]) lose(channel);
      channels.clear();
      waiting.clear();
    },
  };
  return trunk;

  function remove(id: ChannelId): void {
    channels.delete(id);
    waiting.delete(id);
    release(id);
  }

  function breakOff(id: ChannelId): void {
    const channel = channels.get(id);
    if (channel === undefined) return;
    remove(id);
    trunk.send({ type: "disconnect", channel: id, reason: "internal error" });
    channel.onLinkLost();
  }

  function release(id: ChannelId): void {
    if (holders.delete(id) && holders.size === 0) link.resume();
  }
}
