/** Something that keeps a wireproxy running, and has started it. */
export interface Supervised extends AsyncDisposable {
  /** Of the config that wireproxy was started with: by it its process is found. */
  readonly configFile: string;
}

/** What wpdaemon gives its wireproxy where the user has set nothing else: every supervisor's child is to be the same. */
export const CHILD_ENVIRONMENT = { GOGC: "10" };

/** A program that restarts what it has started when that dies. */
export interface Supervisor {
  /** Undefined: ours. */
  readonly by: string | undefined;
  readonly start: () => Promise<Supervised>;
  readonly note?: string;
}

/** One that cannot be measured here, and why. */
export interface AbsentSupervisor {
  readonly by: string;
  readonly start: undefined;
  readonly note: string;
}
