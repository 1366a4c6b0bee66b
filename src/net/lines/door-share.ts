import { inNextTurn } from "../../platform/timers.ts";

/** Work that one turn of the event loop may do for all clients of a door, in milliseconds: everybody else waits as long. */
const TURN_MS = 4;

/** Bytes that a door keeps for all of its clients: unfinished and unanswered lines, and replies that nobody reads. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** What the loop watch calls the doors that speak in lines. */
export const DOOR = "line protocol";

/** What the connections of one door have in common: the time that they may take, and the memory. */
export type DoorShare = ReturnType<typeof createDoorShare>;

/** @param onOverfull is called when more is kept than may be; it is to make room. */
export function createDoorShare(onOverfull: () => void = () => undefined) {
  let began: number | undefined;
  let nextTurn: Promise<void> | undefined;
  let kept = 0;

  return {
    /** Whether this turn of the loop has done enough for this door. */
    isSpent,
    /** Waits until there is time again, in the order in which it was asked for. */
    async takeTurn(): Promise<void> {
      while (isSpent()) await nextTurn;
    },
    /** So many bytes more are kept than before, or fewer. */
    keep(change: number): void {
      kept += change;
      if (change > 0 && kept > KEPT_BYTES) onOverfull();
    },
    get isOverfull(): boolean {
      return kept > KEPT_BYTES;
    },
  };

  function isSpent(): boolean {
    if (began === undefined) {
      began = performance.now();
      nextTurn = new Promise((resolve) => {
        inNextTurn(DOOR, () => {
          began = undefined;
          resolve();
        });
      });
    }
    return performance.now() - began > TURN_MS;
  }
}
