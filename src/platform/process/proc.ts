import { closeSync, existsSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { attemptOr, systemCode } from "../failure.ts";
import { readTextIfThere } from "../files/files.ts";

// Processes as Linux describes them in /proc: proc(5).

/**
 * The lines of a file below /proc, read piece by piece: the kernel makes no more of it than is asked for, and a large
 * text held at once would stay in memory as freed blocks. Nothing where there is no such file.
 * @param pieceBytes how much to ask for at a time.
 */
export function* readProcLines(path: string, pieceBytes: number): Generator<string> {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const piece = new Uint8Array(pieceBytes);
    let rest = "";
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      const lines = (rest + new TextDecoder().decode(piece.subarray(0, length))).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    closeSync(file);
  }
}

/** What each descriptor of a process leads to; undefined where it is gone, another user's, or in another user namespace. */
export function openFilesOf(pid: number): readonly string[] | undefined {
  const folder = `/proc/${pid}/fd`;
  return attemptOr(undefined, () => readdirSync(folder).map((name) => followDescriptor(`${folder}/${name}`)));
}

/** In another user namespace descriptors can be counted, and not followed. @throws the operating system's error. */
function followDescriptor(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (systemCode(error) === "EACCES") throw error;
    // It has closed since the listing.
    return "";
  }
}

/** The numbers of all processes. */
export function listProcesses(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/**
 * What the kernel says of a process. Ticks are those of its start since boot, 100 a second for every program.
 * @returns undefined where there is none. @throws the operating system's error where /proc cannot be read.
 */
export function readProcessStat(pid: number) {
  const text = readTextIfThere(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name may itself hold blanks and parentheses: it ends at the last one.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    /** By SIGSTOP, a terminal or a debugger. */
    isStopped: fields[0] === "T" || fields[0] === "t",
    isZombie: fields[0] === "Z" || fields[0] === "X",
    parent: Number(fields[1]),
    ticks: Number(fields[19]),
  };
}

export const TICKS_PER_SECOND = 100;

/** The running kernel's release on Linux, `6.18.44-…`; undefined elsewhere. */
export function linuxRelease(): string | undefined {
  return process.platform === "linux" ? readTextIfThere("/proc/sys/kernel/osrelease")?.trim() : undefined;
}
