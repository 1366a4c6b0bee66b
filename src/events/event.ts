/** An event as the stream carries it; reference page event-stream.md section 3. */
export interface WireEvent {
  readonly type: string;
  /** Whose it is; null where it concerns everybody. */
  readonly account_id: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Numbers grow by one or more from each event to the next, over restarts of the daemon, too. */
export interface NumberedEvent extends WireEvent {
  readonly seq: number;
}
