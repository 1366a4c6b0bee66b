/** How much of the event stream is measured. */
export interface EventsPlan {
  /** From the first event at full speed to the first window. */
  readonly warmUpMs: number;
  readonly floodWindows: number;
  readonly floodWindowMs: number;
  /** How long events come at a steady rate, of which each is timed. */
  readonly steadyMs: number;
  /** How long events come while one client does not read; enough to fill what the system keeps for it. */
  readonly stoppedMs: number;
  /** From the last idle client to the first reading of memory. */
  readonly settleMs: number;
  /** Readings of memory, one a second. */
  readonly memorySamples: number;
  readonly durableMs: number;
}

export const FULL: EventsPlan = {
  warmUpMs: 1_000,
  floodWindows: 5,
  floodWindowMs: 1_500,
  steadyMs: 8_000,
  stoppedMs: 10_000,
  settleMs: 6_000,
  memorySamples: 3,
  durableMs: 4_000,
};

/** To try it out; its figures are rough. */
export const QUICK: EventsPlan = {
  warmUpMs: 300,
  floodWindows: 1,
  floodWindowMs: 1_000,
  steadyMs: 1_200,
  stoppedMs: 6_000,
  settleMs: 1_000,
  memorySamples: 1,
  durableMs: 1_000,
};
