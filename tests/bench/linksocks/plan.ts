/** How much of LinkSocks is measured. */
export interface LinksocksPlan {
  readonly rounds: number;
  /** How long a transfer goes on before it is watched: windows grow, and code is compiled. */
  readonly warmUpMs: number;
  /** How long it is watched. */
  readonly transferMs: number;
  readonly pings: number;
  /** Connections that are opened one after the other. */
  readonly setUps: number;
  readonly idleConnections: number;
  /** From the last connection to the first reading of memory. */
  readonly settleMs: number;
  /** Readings of memory, one a second. */
  readonly memorySamples: number;
  readonly stoppedRounds: number;
  /** How long a neighbour is watched, alone and again beside a stopped reader. */
  readonly neighbourMs: number;
}

export const FULL: LinksocksPlan = {
  rounds: 5,
  warmUpMs: 400,
  transferMs: 800,
  pings: 5_000,
  setUps: 500,
  idleConnections: 1_000,
  settleMs: 10_000,
  memorySamples: 10,
  stoppedRounds: 3,
  neighbourMs: 2_000,
};

/** To try it out; its figures are rough. */
export const QUICK: LinksocksPlan = {
  rounds: 1,
  warmUpMs: 250,
  transferMs: 400,
  pings: 1_000,
  setUps: 100,
  idleConnections: 1_000,
  settleMs: 1_000,
  memorySamples: 1,
  stoppedRounds: 1,
  neighbourMs: 1_000,
};
