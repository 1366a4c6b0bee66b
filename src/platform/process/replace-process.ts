import { ptr } from "bun:ffi";
import type { Environment } from "../environment.ts";
import { attemptOr, Failure, systemCode } from "../failure.ts";
import { readHead } from "../files/files.ts";
import { libc, openLibrary } from "../libc.ts";

/** Signals that Bun ignores, which an exec would hand on: SIGPIPE and SIGXFSZ, the same numbers on Linux and macOS. */
const IGNORED_BY_BUN = [13, 25];

/** SIG_IGN of signal(2). */
const IGNORE = 1;

/**
 * Lets this process become another program: same process number, terminal, process group and open files 0 to 2, so that
 * signals and the exit code need not be passed on. It returns only by throwing.
 * @param program path of an executable file; a text without `#!` is run by /bin/sh, as shells do.
 * @param words its arguments, first the name that it is called by.
 * @throws Failure `platform-unsupported`, `command-not-executable`.
 */
export function replaceProcess(program: string, words: readonly string[], environment: Environment): never {
  for (const signal of IGNORED_BY_BUN) libc().signal(signal, 0);
  // The runtime calls its execve experimental, on stderr: nobody who runs a program can do anything about that.
  process.removeAllListeners("warning");
  try {
    become(program, words, environment);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOEXEC" && isText(program)) become("/bin/sh", ["sh", program, ...words.slice(1)], environment);
    throw new Failure("command-not-executable", `cannot run ${program}: ${explainRefusal(program, code)}`, {
      cause: error,
    });
  }
}

/**
 * As `replaceProcess`, for a program of ours; it keeps the descriptors that are open over an exec as well, which the runtime
 * closes. @throws Failure `command-not-executable`, without the system's reason, which cannot be read here.
 */
export function replaceKeepingDescriptors(program: string, words: readonly string[], environment: Environment): never {
  for (const signal of IGNORED_BY_BUN) libc().signal(signal, 0);
  const { execve } = openLibrary({ execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" } });
  const defined = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const [path, argv, env] = [encode(program), encodeList(words), encodeList(defined)];
  execve(path, argv.pointers, env.pointers);
  for (const signal of IGNORED_BY_BUN) libc().signal(signal, IGNORE);
  // Named here, so that what the pointers lead to was kept until now.
  throw new Failure("command-not-executable", `cannot run ${program} in the place of this program`, {
    hint: `its ${argv.texts.length} words and ${env.texts.length} variables may be too long, or the file is gone`,
  });
}

/** As C has a text. */
function encode(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** As C has a list of texts: pointers to them, and nothing behind the last. */
function encodeList(list: readonly string[]) {
  const texts = list.map(encode);
  return { texts, pointers: BigUint64Array.from([...texts.map((text) => BigInt(ptr(text))), 0n]) };
}

/** The system says ENOENT of a file that is there when it misses what the file is run by. */
function explainRefusal(program: string, code: string | undefined): string {
  switch (code) {
    case "ENOENT":
      return explainMissing(program);
    case "EACCES":
      return `permission denied (EACCES): ${readInterpreter(program) ?? "it"} may not be executed, or its disk is mounted noexec`;
    case "ENOEXEC":
      return "it is no program for this machine (ENOEXEC)";
    case "E2BIG":
      return "its words and the environment are too long (E2BIG)";
    case "ETXTBSY":
      return "somebody is writing to it (ETXTBSY)";
    default:
      return code ?? "refused";
  }
}

function explainMissing(program: string): string {
  const interpreter = readInterpreter(program);
  if (interpreter?.endsWith("\r")) return "its first line ends in CR LF, as on Windows: save it with LF alone";
  if (interpreter !== undefined) return `its interpreter ${interpreter} is missing, which its first line names`;
  if (readFirstLine(program) === undefined) return "ENOENT";
  return "its loader is missing: it was built for another system, or another C library";
}

/** What the `#!` of a script names. */
function readInterpreter(program: string): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(readFirstLine(program) ?? "")?.[1];
}

/** Shells refuse a file as theirs, too, when a NUL is in its first line. */
function isText(program: string): boolean {
  return readFirstLine(program)?.includes("\0") === false;
}

/** Undefined where it cannot be read. */
function readFirstLine(path: string): string | undefined {
  return attemptOr(undefined, () => Buffer.from(readHead(path, HEAD_BYTES)).toString("latin1").split("\n", 1)[0]);
}

/** No system reads more of a first line. */
const HEAD_BYTES = 512;

function become(program: string, words: readonly string[], environment: Environment): never {
  if (process.execve === undefined) {
    throw new Failure("platform-unsupported", "this system cannot let one program become another");
  }
  const defined = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  return process.execve(program, [...words], defined);
}
