import { fstatSync, openSync, readSync } from "node:fs";
import { unlessMissing, withFile } from "../../../platform/files/files.ts";
import { isNoise } from "../../../tunnels/wireproxy/log-signs.ts";

/** Bytes that are read first; four times as many whenever they do not hold enough lines. */
const FIRST_PIECE = 64 * 1024;

/** Bytes that are read at most, however few lines they hold. */
const LAST_PIECE = 4 * 1024 * 1024;

export interface LogTail {
  /** The last complete lines that are worth reading. */
  readonly lines: readonly string[];
  /** What follows the last line's end; mostly nothing. */
  readonly unfinished: string;
  /** The byte at which `unfinished` begins. */
  readonly end: number;
}

/** The last `count` lines of a log, read from its end; undefined where there is no such file. */
export function readLogTail(path: string, count: number): LogTail | undefined {
  const opened = unlessMissing(() => openSync(path, "r"));
  if (opened === undefined) return undefined;
  return withFile(opened, (file) => {
    const { size } = fstatSync(file);
    const most = Math.min(size, LAST_PIECE);
    for (let length = Math.min(FIRST_PIECE, most); ; length = Math.min(4 * length, most)) {
      const tail = splitTail(readAt(file, size - length, length), size, length === size);
      if (length === most || tail.lines.length >= count) return { ...tail, lines: lastOf(tail.lines, count) };
    }
  });
}

/** The last `count` lines of a log, an unfinished one included; undefined where there is no such file. */
export function readLastLines(path: string, count: number): readonly string[] | undefined {
  const tail = readLogTail(path, count);
  return tail && lastOf(tail.unfinished === "" ? tail.lines : [...tail.lines, tail.unfinished], count);
}

function lastOf(lines: readonly string[], count: number): readonly string[] {
  return count === 0 ? [] : lines.slice(-count);
}

/** @param size of the file; @param isWhole whether `bytes` begin with its first line, which otherwise has lost its start. */
function splitTail(bytes: Uint8Array, size: number, isWhole: boolean): LogTail {
  const lastEnd = bytes.lastIndexOf(LF) + 1;
  const firstStart = isWhole ? 0 : bytes.indexOf(LF) + 1;
  const complete = new TextDecoder().decode(bytes.subarray(firstStart, Math.max(lastEnd - 1, firstStart)));
  return {
    lines: lastEnd <= firstStart ? [] : complete.split("\n").filter((line) => !isNoise(line)),
    unfinished: new TextDecoder().decode(bytes.subarray(lastEnd)),
    end: size - (bytes.length - lastEnd),
  };
}

const LF = 0x0a;

function readAt(file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
