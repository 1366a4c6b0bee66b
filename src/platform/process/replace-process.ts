import type { Environment } from "../environment.ts";
import { Failure, systemCode } from "../failure.ts";
import { libc } from "../libc.ts";

/** Signals that Bun ignores, which an exec would hand on: SIGPIPE and SIGXFSZ, the same numbers on Linux and macOS. */
const IGNORED_BY_BUN = [13, 25];

/**
 * Lets this process become another program: same process number, terminal, process group and open files 0 to 2, so that
 * signals and the exit code need not be passed on. It returns only by throwing.
 * @param program path of an executable file; a text without `#!` is run by /bin/sh, as shells do.
 * @param words its arguments, first the name that it is called by.
 * @throws Failure `platform-unsupported`, `command-not-executable`.
 */
export function replaceProcess(program: string, words: readonly string[], environment: Environment): never {
  for (const signal of IGNORED_BY_BUN) libc().signal(signal, 0);
  try {
    become(program, words, environment);
  } catch (error) {
    if (systemCode(error) === "ENOEXEC") become("/bin/sh", ["sh", program, ...words.slice(1)], environment);
    throw new Failure("command-not-executable", `cannot run ${program}: ${systemCode(error) ?? "refused"}`, {
      cause: error,
    });
  }
}

function become(program: string, words: readonly string[], environment: Environment): never {
  if (process.execve === undefined) {
    throw new Failure("platform-unsupported", "this system cannot let one program become another");
  }
  const defined = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  return process.execve(program, [...words], defined);
}
