import { constants } from "node:os";
import { contain } from "../containment.ts";
import { libc } from "../libc.ts";

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
  // Only setting it tells what it was.
  const before = Number(libc().signal(number, IGNORE));
  if (before === IGNORE) return true;
  libc().signal(number, before);
  return false;
}
