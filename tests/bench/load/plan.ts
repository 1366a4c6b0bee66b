/** How much of a load beside hostile peers is measured. */
export interface LoadPlan {
  /** How long a hostile peer is at it before ordinary clients are watched, and how long they are. */
  readonly warmUpMs: number;
  readonly watchMs: number;
  /** How long a transfer through a relay is watched. */
  readonly transferMs: number;
}

export const FULL: LoadPlan = { warmUpMs: 1_000, watchMs: 4_000, transferMs: 1_500 };

/** To try it out; its figures are rough. */
export const QUICK: LoadPlan = { warmUpMs: 500, watchMs: 1_000, transferMs: 400 };
