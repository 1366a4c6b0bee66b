/** The clock and the alarm of whoever uses this room; tests hand in their own. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `alarm` once, `milliseconds` from now. @returns what calls it off. */
  after(milliseconds: number, alarm: () => void): () => void;
}
