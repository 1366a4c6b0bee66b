/** What a hostile peer does. */
export const ATTACKS = [
  "cheap requests",
  "silent crowd",
  "one-byte packets",
  "oversized frames",
  "slow readers",
] as const;
export type Attack = (typeof ATTACKS)[number];

/** Where it does it. */
export const DOORS = ["line", "control", "stream", "link", "socks"] as const;
export type DoorName = (typeof DOORS)[number];

/** What the process of a hostile peer is told in its first argument, as JSON. */
export interface Orders {
  readonly attack: Attack;
  readonly door: DoorName;
  /** Of the door, and of the target beyond it where it leads to one. */
  readonly port: number;
  readonly target: number;
}

/** The token of every LinkSocks server here: a hostile peer may be one that was let in. */
export const TOKEN = "bench";
