import { tcpDataHead } from "../codec/encode.ts";
import type { ChannelId } from "../codec/message.ts";
import type { Session } from "./session.ts";

/** Bytes of a channel on their way from the local socket to the link, as far as the peer has room for them. */
export interface Outbound {
  /** Bytes that could not be sent yet. */
  readonly waiting: number;
  push(bytes: Uint8Array): void;
  /** Sends what may be sent now. @returns why something still waits; undefined where nothing does. */
  send(): "credit" | "link" | undefined;
  /** @param bytes Infinity where the peer keeps no windows after all: only the link holds us back. */
  addCredit(bytes: number): void;
}

/** @param credit how many bytes the peer takes in advance. */
export function createOutbound(id: ChannelId, session: Session, credit: number): Outbound {
  const head = tcpDataHead(id);
  let queue: Uint8Array[] = [];
  let waiting = 0;
  let left = credit;

  return {
    get waiting() {
      return waiting;
    },
    push(bytes) {
      queue.push(bytes);
      waiting += bytes.length;
    },
    send() {
      while (waiting > 0) {
        if (left <= 0) return "credit";
        if (session.link.isCongested) return "link";
        const body = take(Math.min(left, session.longestBody(left !== Infinity)));
        left -= body.length;
        waiting -= body.length;
        session.sendTcpData(head, body);
      }
      return undefined;
    },
    addCredit(bytes) {
      left += bytes;
    },
  };

  /** The first bytes, at most `longest`; to a peer that counts messages, small pieces that had to wait go as one. */
  function take(longest: number): Uint8Array {
    if (queue.length > 1 && left === Infinity) queue = [Buffer.concat(queue)];
    const [first = new Uint8Array(0)] = queue;
    if (first.length <= longest) {
      queue.shift();
      return first;
    }
    queue[0] = first.subarray(longest);
    return first.subarray(0, longest);
  }
}
