import { constants } from "node:os";
import { contain } from "../containment.ts";
import { ENVIRONMENT } from "../environment.ts";
import { libc, openLibrary } from "../libc.ts";

/** Tells a successor what its predecessor ignores: a spawned process begins with every signal at its default. */
const IGNORED_SIGNALS_VARIABLE = "WPDAEMON_IGNORED_SIGNALS";

/** signal(2): SIG_IGN, the same number on Linux and macOS. */
const IGNORE = 1;

/**
 * Calls `handler` at a signal, unless whoever started this process had it ignored, as nohup(1) does with SIGHUP and a shell
 * with the SIGINT of what it puts into the background. It then stays ignored.
 * @returns what ends that.
 */
export function handleSignal(name: NodeJS.Signals, handler: (name: NodeJS.Signals) => void): () => void {
  if (isIgnored(name)) {
    ignored.add(name);
    return () => undefined;
  }
  const contained = contain("signals", handler);
  process.on(name, contained);
  return () => void process.off(name, contained);
}

/** The signals that were to be handled, and stay ignored. */
const ignored = new Set<NodeJS.Signals>();

/** What a successor needs in its environment to ignore the same. */
export function listIgnoredSignals(): Readonly<Record<string, string>> {
  return ignored.size === 0 ? {} : { [IGNORED_SIGNALS_VARIABLE]: [...ignored].join(" ") };
}

function isIgnored(name: NodeJS.Signals): boolean {
  const number = constants.signals[name];
  if (process.env[IGNORED_SIGNALS_VARIABLE]?.split(" ").includes(name) === true) {
    libc().signal(number, IGNORE);
    return true;
  }
  // To ask would lose a signal that came while this process became another program; and a successor was told above.
  if (ENVIRONMENT.WPDAEMON_HANDOVER !== undefined) return false;
  // Only setting it tells what it was.
  const before = Number(libc().signal(number, IGNORE));
  if (before === IGNORE) return true;
  libc().signal(number, before);
  return false;
}

/** Has the signals that a daemon handles wait, over an exec too, or lets them come. Linux alone needs it. */
export function holdSignals(isHeld: boolean): void {
  const set = new BigUint64Array(SET_WORDS);
  set[0] = HANDLED.reduce((bits, name) => bits | (1n << BigInt(constants.signals[name] - 1)), 0n);
  const { sigprocmask } = openLibrary({ sigprocmask: { args: ["i32", "ptr", "ptr"], returns: "i32" } });
  sigprocmask(isHeld ? BLOCK : UNBLOCK, set, null);
}

const HANDLED = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const;

/** sigprocmask(2) of Linux: what to do, and how long a set is in any of its C libraries, in words of 64 bits. */
const [BLOCK, UNBLOCK] = [0, 1];
const SET_WORDS = 16;
