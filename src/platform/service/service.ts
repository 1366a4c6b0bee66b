// The machine's service manager, systemd or launchd: which file describes our daemon to it, what stands in that file,
// and which commands make it take notice. Nothing here knows what the daemon does, nor runs in the daemon.

/** What the manager is to keep running. */
export interface Service {
  /** The program, by its absolute path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The absolute path of the only folder that the daemon writes to. */
  readonly home: string;
  /** Whom the machine's own manager is to run it as. A user's manager runs what is its user's. */
  readonly account: string | undefined;
  /** Where its output goes if the manager keeps no journal. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Its settings have endpoints, which may listen on ports below 1024. */
  readonly hasEndpoints: boolean;
}

/** Whose manager runs it: the machine's, or that of a user, whose home folder and number are given. */
export type Scope =
  | { readonly kind: "system" }
  | { readonly kind: "user"; readonly home: string; readonly uid: number };

/** What became of the file. */
export type Change = "created" | "replaced" | "unchanged";

export interface ServiceManager {
  /** The file that describes the service. */
  readonly file: string;
  /** The content of that file, with or without what keeps the service apart from the rest of the machine. */
  describe(service: Service, isIsolated: boolean): string;
  /** It fails where the manager cannot keep a service apart; undefined where every manager of this kind does what it can. */
  readonly isolationProbe: Step | undefined;
  /** How it is enabled after the file has changed so; with `start` also running when they are done. */
  startSteps(change: Change, start: boolean): readonly Step[];
  /** How it is stopped and disabled, before the file goes. */
  readonly stopSteps: readonly Step[];
  /** What is left to do when the file is gone. */
  readonly forgetSteps: readonly Step[];
  /** The command that shows why a start has failed. */
  showLog(service: Service): string;
  /** What the user should know about a service that runs. */
  readonly advice: string | undefined;
}

/** One command for the manager. */
export interface Step {
  readonly words: readonly [string, ...string[]];
  /** It fails where there is nothing to do, which is no fault. */
  readonly mayFail?: true;
  /** It is tried again for so many milliseconds. */
  readonly patience?: number;
}
