import { startTimer } from "../../platform/timers.ts";
import type { ChannelId } from "../codec/message.ts";
import type { Trunk } from "./trunk.ts";

const HOLD_BYTES = 4 * 1024 * 1024;

/** What each may keep waiting once all channels of a link together have kept much. */
const MOST_TOGETHER_BYTES = 64 * 1024 * 1024;
const CROWDED_HOLD_BYTES = 256 * 1024;

/** How long one reader that takes nothing may make all others wait; a Go peer hangs up after 60 s. */
const STALL_MS = 20_000;

/**
 * A channel whose peer keeps no windows can only be slowed down together with all its neighbours: the link is not read.
 * @param onStalled the channel has to go, so that the others go on.
 */
export function createHold(trunk: Trunk, id: ChannelId, onStalled: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let counted = 0;
  return {
    /** Counts bytes that wait, and holds up nobody. */
    count,
    /** Tells how many bytes wait for the local socket, and whether it took some just now. */
    update(waiting: number, hasProgressed: boolean): void {
      count(waiting);
      if (hasProgressed) timer?.refresh();
      const limit = trunk.waitingBytes > MOST_TOGETHER_BYTES ? CROWDED_HOLD_BYTES : HOLD_BYTES;
      if (waiting > limit && timer === undefined) {
        trunk.hold(id);
        timer = startTimer(trunk.link.part, STALL_MS, onStalled);
      } else if (waiting < limit / 4) release();
    },
    stop(): void {
      count(0);
      release();
    },
  };

  function count(waiting: number): void {
    if (waiting === counted) return;
    trunk.waitingBytes += waiting - counted;
    counted = waiting;
  }

  function release(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    trunk.release(id);
  }
}
