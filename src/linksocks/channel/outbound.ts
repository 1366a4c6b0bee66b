import { tcpDataHead } from "../codec/encode.ts";
import type { ChannelId } from "../codec/message.ts";
import type { Trunk } from "./trunk.ts";

/**
 * Bytes of a channel on their way to the link, as far as the peer and the link have room for them.
 * @param credit how many bytes the peer takes in advance.
 */
export function createOutbound(id: ChannelId, trunk: Trunk, credit: number, onDrain: () => void) {
  const head = tcpDataHead(id);
  let left = credit;
  let isAllowed = false;
  let hasToldBlocked = false;

  return {
    /** Sends what may be sent now. @returns the number of bytes; where it is not all, `onDrain` is called later. */
    write(bytes: Uint8Array): number {
      if (!isAllowed) return 0;
      let sent = 0;
      while (sent < bytes.length && maySend()) {
        const length = Math.min(bytes.length - sent, left, trunk.longestBody(left !== Infinity));
        trunk.sendTcpData(head, length === bytes.length ? bytes : bytes.subarray(sent, sent + length));
        left -= length;
        sent += length;
      }
      return sent;
    },
    /** The peer knows that the channel is open; nothing is sent before. */
    allow(): void {
      isAllowed = true;
      onDrain();
    },
    /** @param bytes Infinity where the peer keeps no windows after all: only the link holds us back. */
    addCredit(bytes: number): void {
      left += bytes;
      hasToldBlocked = false;
      if (left > 0) onDrain();
    },
  };

  function maySend(): boolean {
    if (left <= 0) {
      // A peer whose reader keeps up then gives more than it had given so far.
      if (!hasToldBlocked) trunk.send({ type: "window", channel: id, bytes: 0 });
      hasToldBlocked = true;
      return false;
    }
    if (!trunk.link.isCongested) return true;
    trunk.awaitDrain(id, onDrain);
    return false;
  }
}
