// Wire and database number the same ideas differently: reference page event-stream.md section 4.3. Numbers that are in no
// table pass unchanged, so that a reader can show them.

/** Market and limit, stop and stop-limit change places; so the way back is the way there. */
const TYPES = new Map([
  [1, 2],
  [2, 1],
  [3, 4],
  [4, 3],
]);

/** On the wire: filled, cancelled, rejected. Such an order has no row. */
const FINAL_STATES: ReadonlySet<number> = new Set([2, 3, 4]);

const PENDING = 1;
const WORKING = 2;

export function swapOrderType(type: number): number {
  return TYPES.get(type) ?? type;
}

/** Wire 1, 2 (buy, sell) to the database's 0, 1. */
export function storedSide(side: number): number {
  return side - 1;
}

export function wireSide(stored: number): number {
  return stored + 1;
}

export function isFinalState(state: number): boolean {
  return FINAL_STATES.has(state);
}

/** The database's number of a state that is not final: 0 (none yet) is pending, the others work. */
export function storedState(state: number): number {
  return state === 0 ? PENDING : WORKING;
}

/** Pending and working are both active on the wire; final ones are one higher in the database, and expired is cancelled. */
export function wireState(stored: number): number {
  if (stored <= WORKING) return 1;
  return stored === 6 ? 3 : stored - 1;
}
