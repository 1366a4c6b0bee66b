import { dlopen, type FFIFunction } from "bun:ffi";
import { Failure } from "./failure.ts";
import { PRIVATE_FILE } from "./files/files.ts";

let loaded: ReturnType<typeof openSystemCalls> | undefined;

/** The C library, opened at the first call. @throws Failure `platform-unsupported` where none is found. */
export function libc() {
  loaded ??= openSystemCalls();
  return loaded;
}

/**
 * The calls that Bun does not offer, each as the manual page has it: mostly 0 for success, -1 for a fault. Which fault it
 * was (errno) cannot be read here: the runtime makes calls of its own before we could read it.
 */
function openSystemCalls() {
  return openLibrary({
    /** signal(2): number and handler; 0 is the default action. */
    signal: { args: ["i32", "usize"], returns: "usize" },
    /** dup(2). */
    dup: { args: ["i32"], returns: "i32" },
    /** dup2(2). */
    dup2: { args: ["i32", "i32"], returns: "i32" },
    /** waitpid(2): number, where to write how it ended (nowhere), and options. */
    waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
    /** isatty(3): 1 for a terminal. */
    isatty: { args: ["i32"], returns: "i32" },
    /** flock(2). */
    flock: { args: ["i32", "i32"], returns: "i32" },
    /** mkfifo(3). */
    mkfifo: { args: ["cstring", "u32"], returns: "i32" },
    /** madvise(2): address and length in bytes, both multiples of the page size, and the advice. */
    madvise: { args: ["usize", "usize", "i32"], returns: "i32" },
    /** getrlimit(2): two 64-bit numbers out, the limit in force and how far it can be raised. */
    getrlimit: { args: ["i32", "ptr"], returns: "i32" },
    /** localtime_r(3): seconds since 1970 in, `struct tm` (14 numbers) out. */
    localtime_r: { args: ["ptr", "ptr"], returns: "ptr" },
    /** socket(2): a descriptor, which closes as a file does. */
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    /** bind(2): socket, address and its length in bytes. */
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    /** connect(2), likewise. */
    connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
    /** getsockname(2): socket, address out, its length in and out. */
    getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
    /** getpeername(2), likewise. */
    getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
    /** fcntl(2) with one number: descriptor, command, number. Its variable arguments are passed like others on Linux only. */
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    /** setsockopt(2): socket, level, option, its value and length. */
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    /** shutdown(2): socket, and which ways. */
    shutdown: { args: ["i32", "i32"], returns: "i32" },
    /** inet_pton(3): 1 where the text is an address of that family, whose bytes it then gives. */
    inet_pton: { args: ["i32", "cstring", "ptr"], returns: "i32" },
    /** recv(2): socket, where to, how many bytes at most, flags; returns the bytes received. */
    recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
    /** sendto(2): socket, message, length, flags, address, length; returns the bytes sent. */
    sendto: { args: ["i32", "ptr", "usize", "i32", "ptr", "u32"], returns: "i64" },
  });
}

/** The C library with calls that only one kind of system has. @throws as `libc`, also where it has them not. */
export function openLibrary<const Calls extends Record<string, FFIFunction>>(calls: Calls) {
  const names = libraryNames(process.platform, process.arch);
  const faults: unknown[] = [];
  for (const name of names) {
    try {
      return dlopen(name, calls).symbols;
    } catch (error) {
      faults.push(error);
    }
  }
  throw new Failure("platform-unsupported", `cannot open the C library (tried: ${names.join(", ") || "none"})`, {
    hint: "wpdaemon runs on Linux and macOS, and needs Bun's just-in-time compiler (unset BUN_JSC_useJIT)",
    cause: new AggregateError(faults),
  });
}

/** Makes a named pipe for the owner alone at `path`. @throws Failure `file-unusable`, also where `path` exists. */
export function makeNamedPipe(path: string): void {
  if (libc().mkfifo(path, PRIVATE_FILE) === 0) return;
  throw new Failure("file-unusable", `cannot create the pipe ${path}`, {
    hint: "its folder must exist, be writable and lie on a file system that has named pipes",
  });
}

/** A second descriptor of what `descriptor` stands for, which no exec hands on. @throws Failure `file-unusable` (none is left). */
export function duplicateDescriptor(descriptor: number): number {
  const duplicate = libc().dup(descriptor);
  if (duplicate >= 0) {
    keepOverExec(duplicate, false);
    return duplicate;
  }
  throw new Failure("file-unusable", `cannot duplicate the descriptor ${descriptor}`, {
    hint: "raise the limit of open files",
  });
}

/** Whether a program that this process becomes has the descriptor too. A child has what it is given in any case. */
export function keepOverExec(descriptor: number, isKept: boolean): void {
  if (process.platform === "linux") libc().fcntl(descriptor, SET_DESCRIPTOR_FLAGS, isKept ? 0 : CLOSE_ON_EXEC);
}

/** From fcntl(2). */
const [SET_DESCRIPTOR_FLAGS, CLOSE_ON_EXEC] = [2, 1];

/**
 * The names under which the dynamic loader knows the C library, best first, for node's names of a platform and
 * a processor. The glibc name stands first for musl too: musl's loader answers it with itself.
 */
export function libraryNames(platform: string, arch: string): readonly string[] {
  if (platform === "darwin") return ["libSystem.B.dylib"];
  if (platform !== "linux") return [];
  return ["libc.so.6", `libc.musl-${MUSL_ARCH[arch] ?? arch}.so.1`];
}

const MUSL_ARCH: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64", ia32: "x86", arm: "armhf" };
