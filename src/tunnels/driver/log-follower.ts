import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { attemptOr } from "../../platform/failure.ts";

/** Bytes that one read takes at most. A log that grew by more has said the same thing often enough. */
const READ_BYTES = 256 * 1024;

/** Characters of one line that are kept for its end to come; no line of wireproxy is nearly so long. */
const LINE_LENGTH = 16 * 1024;

/**
 * Follows a log that is written for appending and may be cut in place. The file stays open: it may be removed, and its
 * writer would go on.
 * @param from the byte to begin with, or `end` for what comes from now on, beginning with a whole line.
 * @param onSkip called where lines are left out, before those that follow are given.
 */
export function followLog(path: string, from: number | "end" = 0, onSkip: () => void = () => undefined) {
  let file = attemptOr(undefined, () => openSync(path, "r"));
  let closed = false;
  let position = from === "end" ? sizeOf(file) : from;
  let fragment = "";
  let midLine = from === "end" && file !== undefined && !isLineStart(file, position);
  let hasSkipped = false;
  let decoder = new TextDecoder();

  return {
    /** The lines that were completed since the last read, without their LF; none where the file cannot be read. */
    read: () => attemptOr([], readNew),
    close(): void {
      closed = true;
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };

  function readNew(): readonly string[] {
    if (closed) return [];
    file ??= openSync(path, "r");
    const size = sizeOf(file);
    if (size < position) jumpTo(0, false);
    if (size - position > READ_BYTES) jumpTo(size - READ_BYTES, true);
    if (size === position) return [];
    if (hasSkipped) onSkip();
    hasSkipped = false;
    return splitLines(readOn(file, size - position));
  }

  function jumpTo(place: number, intoLine: boolean): void {
    position = place;
    fragment = "";
    midLine = intoLine;
    hasSkipped = intoLine;
    decoder = new TextDecoder();
  }

  function readOn(descriptor: number, length: number): string {
    const bytes = new Uint8Array(length);
    const taken = readSync(descriptor, bytes, 0, length, position);
    position += taken;
    return decoder.decode(bytes.subarray(0, taken), { stream: true });
  }

  function splitLines(text: string): readonly string[] {
    const lines = (fragment + text).split("\n");
    fragment = lines.pop() ?? "";
    if (midLine && lines.length > 0) {
      lines.shift();
      midLine = false;
    }
    if (fragment.length > LINE_LENGTH) {
      fragment = "";
      midLine = true;
      hasSkipped = true;
    }
    return lines;
  }
}

function sizeOf(file: number | undefined): number {
  return file === undefined ? 0 : fstatSync(file).size;
}

function isLineStart(file: number, position: number): boolean {
  const before = new Uint8Array(1);
  const read = () => readSync(file, before, 0, 1, position - 1) === 1 && before[0] === LF;
  return position === 0 || attemptOr(false, read);
}

const LF = 0x0a;
