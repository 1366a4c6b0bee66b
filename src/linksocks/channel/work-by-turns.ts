import { createDoorShare } from "../../net/lines/door-share.ts";
import { letGo } from "../../platform/containment.ts";
import { inNextTurn } from "../../platform/timers.ts";
import type { Trunk } from "./trunk.ts";

/** So many messages of a peer are worked on at once whatever they cost: streams that flow bring fewer in a turn. */
const FEW = 64;

/** One for all peers of a process: they take turns, message by message. */
const share = createDoorShare();

/** Beside a channel's reason to hold the link; a name that none has. */
const WAITS = "messages wait for a turn";

/**
 * Has the messages of a peer worked on for only so long in one turn of the event loop: thousands of small ones come in one
 * piece. What is left waits for the next turn, in order, and meanwhile the link is not read.
 */
export function workByTurns(trunk: Trunk, work: (frame: Buffer) => void): (frame: Buffer) => void {
  let waiting: Buffer[] | undefined;
  let count = 0;
  return (frame) => {
    count += 1;
    if (count === FEW) inNextTurn(trunk.link.part, beginAnew);
    if (waiting !== undefined) waiting.push(frame);
    else if (count < FEW || !share.isSpent()) work(frame);
    else {
      waiting = [frame];
      trunk.hold(WAITS);
      letGo(trunk.link.part, workOff(waiting), trunk.link.terminate);
    }
  };

  function beginAnew(): void {
    count = 0;
  }

  async function workOff(frames: readonly Buffer[]): Promise<void> {
    for (let next = 0; next < frames.length; next += 1) {
      await share.takeTurn();
      const frame = frames[next];
      if (frame !== undefined && !trunk.isEnded) work(frame);
    }
    waiting = undefined;
    trunk.release(WAITS);
  }
}
