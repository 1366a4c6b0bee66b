import type { Environment } from "../environment.ts";
import { systemCode } from "../failure.ts";
import { ownCommand } from "./self.ts";

/**
 * What a daemon needs from Bun's runtime, which reads it from the environment when the process starts. After 10,000
 * requests the idle daemon keeps 4.0 MB of its own with these, 7.3 without; a request takes 0.03 ms longer.
 */
export const RUNTIME_OPTIONS = {
  /** Bun's own 30 s timer would wake an idle machine and undo the memory trim. */
  BUN_GC_TIMER_DISABLE: "1",
  /** No thread that gives memory back a tenth of a second later: it woke five times after each look at a tunnel. */
  MIMALLOC_PURGE_DELAY: "0",
  /** Compiled functions and what compiling leaves behind; it ends the optimizing compilers too. */
  BUN_JSC_useBaselineJIT: "0",
  BUN_JSC_useDFGJIT: "0",
  /** The heap is small: no threads that mark it, each with memory of its own. */
  BUN_JSC_useConcurrentGC: "0",
  BUN_JSC_numberOfGCMarkers: "1",
  /** Whole collections, and often: a heap that grows to 11 MB between them never shrinks to less than 4.5 again. */
  BUN_JSC_useGenerationalGC: "0",
  BUN_JSC_largeHeapSize: "1048576",
  /** A heap that grows by less between collections: 0.6 MB with a tunnel. */
  BUN_JSC_forceMiniVMMode: "1",
  /** The share of time that collections by timer may take: one of them, half a minute after the trim, undid 6 MB of it. */
  BUN_JSC_collectionTimerMaxPercentCPU: "0.000000001",
} as const;

/** What belongs to the daemon alone: a program that has it could speak to the service manager in our name. */
export const OURS_ALONE: readonly string[] = [
  "NOTIFY_SOCKET",
  "WPDAEMON_HANDOVER",
  "WPDAEMON_SOCKETS",
  "WPDAEMON_DETACHED",
  "WPDAEMON_IGNORED_SIGNALS",
  "WPDAEMON_MODE_MASK",
];

/** The environment of a program that is none of ours. */
export function withoutRuntimeOptions(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !(name in RUNTIME_OPTIONS) && !OURS_ALONE.includes(name)),
  );
}

/**
 * The runtime's options are read when the process starts, so the program replaces itself once where they are missing.
 * Same process number, 5 ms. An option that is set already is left as it is.
 * @returns why the system refuses, as an emulator or a filter of system calls may; the program then goes on without them.
 */
export async function restartWithRuntimeOptions(): Promise<string | undefined> {
  const isSet = Object.keys(RUNTIME_OPTIONS).every((name) => process.env[name] !== undefined);
  if (isSet || process.execve === undefined) return undefined;
  const environment: Environment = { ...RUNTIME_OPTIONS, ...process.env };
  const words = [...ownCommand(), ...process.argv.slice(2)];
  try {
    if (environment.WPDAEMON_HANDOVER !== undefined) await restartAsSuccessor(words, environment);
    return process.execve(process.execPath, words, { ...RUNTIME_OPTIONS, ...process.env });
  } catch (error) {
    // The runtime calls its execve experimental, on stderr.
    process.removeAllListeners("warning");
    return systemCode(error) ?? "refused";
  }
}

/** A daemon of another version has other options. What it lends has to stay open, and the runtime's own exec closes it. */
async function restartAsSuccessor(words: readonly string[], environment: Environment): Promise<never> {
  const { keepOverExec } = await import("../libc.ts");
  const { replaceKeepingDescriptors } = await import("./replace-process.ts");
  // Version 2.0.0 lends these two, and names none.
  const { WPDAEMON_HANDOVER: token, WPDAEMON_SOCKETS: named = "" } = environment;
  const isNamed = named.startsWith(`${token} `);
  const lent = isNamed ? (named.slice(named.indexOf("{")).match(/\d+/g) ?? []).map(Number) : [3, 4];
  for (const descriptor of lent) keepOverExec(descriptor, true);
  return replaceKeepingDescriptors(process.execPath, words, environment);
}
