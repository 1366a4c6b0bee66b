import type { Dialect } from "./listener.ts";

/** Something that passes events on to many clients. */
export interface Subject {
  /** Undefined: ours. */
  readonly by: string | undefined;
  /** Undefined where it cannot be measured here. */
  readonly start: (() => Promise<Broadcaster>) | undefined;
  /** What a reader has to know. */
  readonly note?: string;
}

export interface Broadcaster extends AsyncDisposable {
  readonly port: number;
  readonly dialect: Dialect;
  readonly pid: number;
  /** Resolves once it has taken them. @throws where it does not. */
  publish(events: readonly SampleEvent[]): Promise<void>;
}

/** As it is published; its time stamp is in `last`, where nothing rewrites it. */
export interface SampleEvent {
  readonly type: string;
  readonly account_id: number;
  readonly data: object;
}
