import { Failure } from "../../platform/failure.ts";
import type { Connection } from "./connection.ts";

/** What is on disk about the numbers. */
export interface Numbering {
  /** No number up to it is given out again. */
  readonly reserved: number;
  /** The highest number among the events that are no longer kept. */
  readonly pruned: number;
}

/**
 * Quotes have numbers, but are not stored: so many numbers are put aside in advance, so that a restart after a kill does
 * not give one out twice. After a kill, the rest of them stays unused.
 */
export const RESERVED_AHEAD = 10_000;

/** @throws Failure `state-corrupt` where there is none. */
export function readNumbering(connection: Connection): Numbering {
  const row = connection.first<Numbering>("SELECT reserved, pruned FROM numbering");
  if (row === undefined || !Number.isSafeInteger(row.reserved))
    throw new Failure("state-corrupt", "the numbers of the events are missing in the database");
  return row;
}

export function writeNumbering(connection: Connection, { reserved, pruned }: Numbering): void {
  connection.run("INSERT OR REPLACE INTO numbering VALUES (1, ?, ?)", reserved, pruned);
}
