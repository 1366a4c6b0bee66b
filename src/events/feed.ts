import type { NumberedEvent, WireEvent } from "./event.ts";

/** What became of one event that somebody published. */
export type Publication =
  /**
   * `seq` is its number. A quote without an account is as many events as accounts hold a position or a working order in
   * its contract: then it is the last one's number, and null where nobody does, and no event came of it.
   */
  | { readonly accepted: true; readonly seq: number | null }
  /** A sentence that says which member is wrong, and how. */
  | { readonly accepted: false; readonly reason: string };

export interface Replay {
  /** In order, and not always all; quotes are never kept. */
  readonly events: readonly NumberedEvent[];
  /** Events after the number that was asked for are no longer there: the reader has to begin with a snapshot. */
  readonly hasGap: boolean;
}

/** The one place that every event goes through: checked, numbered, made durable, and only then told. */
export interface EventFeed {
  /**
   * Takes events that somebody published, each on its own merits. Resolves once those that were accepted are on disk and
   * told to the listeners. With `key`, a repetition of the same call gives the first one's answer and changes nothing.
   * @throws Failure `file-unusable` where the disk does not take them: then none was accepted.
   */
  publish(events: readonly unknown[], key?: string): Promise<readonly Publication[]>;
  /**
   * Takes an event of the daemon itself; it is on disk before any listener hears of it. Resolves then, or when the disk
   * has not taken it, which is tried again.
   */
  tell(event: WireEvent): Promise<void>;
  /** Hears of all events, in order, those of one moment together. @returns what ends it. */
  subscribe(listener: (events: readonly NumberedEvent[]) => void): () => void;
  /**
   * The oldest that are newer than `seq` and still kept: at most `most` (256 where it is not said) and about 1 MiB of them
   * at once. Who gets some asks again after the last one's number; none means that there are no more.
   */
  replay(seq: number, most?: number): Replay;
  /**
   * The last known state as ordinary events: the daemon's status, then contracts, and positions, working orders, lockouts
   * and the latest quotes of one account or of all. They have the number up to which they are true.
   */
  snapshot(account?: number): readonly NumberedEvent[];
  /** The number of the latest event; 0 before the first. */
  readonly lastSeq: number;
  /** Why the last events could not be kept; undefined while all is well. */
  readonly fault: string | undefined;
  /** Writes what waits, and closes the database. */
  close(): Promise<void>;
}
