/** How much of everything is measured. */
export interface Plan {
  readonly startRounds: number;
  /** Daemons whose memory is looked at, one after the other. */
  readonly lives: number;
  readonly requestsBeforeRest: number;
  /** From the last request to the readings, at least: the daemon's last trim pass is due 18 s after it. */
  readonly restMs: number;
  /** Readings of memory, one a second. */
  readonly memorySamples: number;
  readonly idleSeconds: number;
  readonly trafficBytes: number;
  readonly requestsOverNew: number;
  readonly requestsOverOne: number;
  readonly loadWindows: number;
  readonly loadWindowMs: number;
  readonly spinRounds: number;
  /** Connections that were closed a moment before, which the system still lists. */
  readonly closedConnections: number;
  readonly crowdedRounds: number;
  readonly deathRounds: number;
  readonly killRounds: number;
  readonly blackHoles: number;
  readonly handOvers: number;
  /** How long clients ask before the first hand-over. */
  readonly undisturbedMs: number;
}

export const FULL: Plan = {
  startRounds: 30,
  lives: 3,
  requestsBeforeRest: 10_000,
  restMs: 20_000,
  memorySamples: 30,
  idleSeconds: 60,
  trafficBytes: 200_000_000,
  requestsOverNew: 5_000,
  requestsOverOne: 20_000,
  loadWindows: 5,
  loadWindowMs: 2_000,
  spinRounds: 40,
  closedConnections: 10_000,
  crowdedRounds: 10,
  deathRounds: 20,
  killRounds: 15,
  blackHoles: 3,
  handOvers: 20,
  undisturbedMs: 5_000,
};

/** To try the benchmark itself; its figures are rough. */
export const QUICK: Plan = {
  startRounds: 5,
  lives: 1,
  requestsBeforeRest: 10_000,
  restMs: 20_000,
  memorySamples: 10,
  idleSeconds: 10,
  trafficBytes: 50_000_000,
  requestsOverNew: 500,
  requestsOverOne: 2_000,
  loadWindows: 1,
  loadWindowMs: 1_000,
  spinRounds: 8,
  closedConnections: 10_000,
  crowdedRounds: 3,
  deathRounds: 4,
  killRounds: 5,
  blackHoles: 1,
  handOvers: 5,
  undisturbedMs: 2_000,
};
