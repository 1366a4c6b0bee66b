import { createDoorShare } from "../../net/lines/door-share.ts";
import { letGo } from "../../platform/containment.ts";
import type { Trunk } from "./trunk.ts";

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
  return (frame) => {
    if (waiting !== undefined) waiting.push(frame);
    else if (!share.isSpent()) work(frame);
    else {
      waiting = [frame];
      trunk.hold(WAITS);
      letGo(trunk.link.part, workOff(waiting), trunk.link.terminate);
    }
  };

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
