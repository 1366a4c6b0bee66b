import { constants } from "node:os";
import { contain } from "../containment.ts";
import { ENVIRONMENT, type Environment } from "../environment.ts";
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

/** Tells the next program the mask of file modes that `holdSignals` has taken away. */
const MASK_VARIABLE = "WPDAEMON_MODE_MASK";

/**
 * Has the signals that a daemon handles wait until this process has become another program. Linux alone needs it.
 *
 * sigprocmask(2) holds them back from this thread, and over the exec. The runtime's other threads would still take one, for a
 * loop that does not turn any more: so their handler is umask(2) meanwhile. A mask of file modes outlives an exec, and
 * the number of the signal then stands in it.
 */
export function holdSignals() {
  const { umask, sigprocmask } = openCalls();
  sigprocmask(BLOCK, handledSet(), null);
  const mask = umask(NO_SIGNAL);
  // Bun's functions have it, though its types do not say so.
  const address: unknown = Reflect.get(umask, "ptr");
  if (typeof address !== "number") throw new Error("umask has no address");
  const former = HANDLED.filter((name) => !ignored.has(name)).map((name) => {
    const number = constants.signals[name];
    return { number, handler: libc().signal(number, address) };
  });
  return {
    /** What the next program needs in its environment for `takeHeldSignals`. */
    environment: { [MASK_VARIABLE]: String(mask) },
    /** This process stays what it is after all: lets them come. */
    release(): void {
      for (const { number, handler } of former) libc().signal(number, handler);
      letCome(mask);
    },
  };
}

/** Lets those come that the program which this process was before has held; they are to be handled by now. */
export function takeHeldSignals(environment: Environment): void {
  letCome(Number(environment[MASK_VARIABLE] ?? process.umask()));
}

function letCome(mask: number): void {
  const { umask, sigprocmask } = openCalls();
  const noted = umask(mask);
  const name = HANDLED.find((one) => constants.signals[one] === noted);
  sigprocmask(UNBLOCK, handledSet(), null);
  if (name !== undefined) process.kill(process.pid, name);
}

const HANDLED = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const;

/** A mask of file modes that is the number of none of them: only the owner may do anything. */
const NO_SIGNAL = 0o077;

function openCalls() {
  return openLibrary({
    sigprocmask: { args: ["i32", "ptr", "ptr"], returns: "i32" },
    umask: { args: ["u32"], returns: "u32" },
  });
}

function handledSet(): BigUint64Array {
  const set = new BigUint64Array(SET_WORDS);
  set[0] = HANDLED.reduce((bits, name) => bits | (1n << BigInt(constants.signals[name] - 1)), 0n);
  return set;
}

/** sigprocmask(2) of Linux: what to do, and how long a set is in any of its C libraries, in words of 64 bits. */
const [BLOCK, UNBLOCK] = [0, 1];
const SET_WORDS = 16;
