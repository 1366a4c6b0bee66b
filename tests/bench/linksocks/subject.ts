import type { Entry } from "./line.ts";

/** Something that carries connections to a target. */
export interface Subject {
  /** Undefined: ours at both ends. */
  readonly by: string | undefined;
  /** Whether it has a client's end and a server's. */
  readonly isPair: boolean;
  /** Undefined where it cannot be measured here. */
  readonly start: ((target: number) => Promise<RunningSubject>) | undefined;
  /** What a reader has to know. */
  readonly note?: string;
}

export interface RunningSubject extends AsyncDisposable {
  readonly entry: Entry;
  /** Of the end that the load connects to; all there is, except with a pair. */
  readonly client: number;
  /** Of a pair's other end. */
  readonly server: number | undefined;
}
