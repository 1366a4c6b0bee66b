import type { Peer } from "./peer.ts";

/** A place where the program reads what others write: a port that it listens on, a server that it asks, a child's log. */
export interface Door {
  readonly name: string;
  /** Visits that the program takes at a time without closing one for another. */
  readonly crowd: number;
  /** Something has to be started for each visit. */
  readonly isSlow?: true;
  visit(): Promise<Visit>;
  /** Messages that hold words of the peer's choice. */
  readonly sayings: readonly Saying[];
  /** Messages that begin well and have no end. */
  readonly endless: readonly Opening[];
}

/** One peer, and what a right one says here, in order. */
export interface Visit {
  readonly peer: Peer;
  readonly steps: readonly Uint8Array[];
}

interface Saying {
  /** How many steps come before it. */
  readonly after: number;
  make(words: Uint8Array): Uint8Array;
}

interface Opening {
  /** How many steps come before it. */
  readonly after: number;
  readonly head: Uint8Array;
}

/** The text as bytes, with one byte for each character. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A saying of a text in which `@` stands for the words. */
export function say(after: number, text: string): Saying {
  const [before = "", behind = ""] = text.split("@");
  return { after, make: (words) => Buffer.concat([bytes(before), words, bytes(behind)]) };
}
