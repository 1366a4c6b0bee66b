import { constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr, Failure, systemCode } from "../../../platform/failure.ts";
import { withFile } from "../../../platform/files/files.ts";
import { decodeUtf8 } from "../../../platform/plain-text.ts";

/** A real config is far smaller; a larger file was put there by mistake. */
export const MOST_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads a regular file of at most 1 MiB, and its permission bits; a byte order mark stays in the text. It never waits for a
 * named pipe.
 * @throws Failure `file-unusable` naming the file and the reason.
 */
export function readConfigFile(path: string) {
  const { bytes, mode } = readConfigBytes(path);
  return { text: decodeConfig(bytes, path), mode };
}

/** As `readConfigFile`, undecoded. */
export function readConfigBytes(path: string): { readonly bytes: Uint8Array; readonly mode: number } {
  try {
    return withFile(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY), (file) => {
      const status = fstatSync(file);
      if (!status.isFile())
        throw unusable(path, "is not a regular file", undefined, "pipe its text into: wpdaemon config add NAME");
      const bytes = readAtMost(file, MOST_CONFIG_BYTES + 1);
      if (bytes.length > MOST_CONFIG_BYTES)
        throw unusable(path, "is larger than 1 MiB", undefined, "no config needs as much");
      return { bytes, mode: status.mode & 0o777 };
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (systemCode(error) === "ENOENT") throw unusable(path, `does not exist in ${dirname(path)}`, error);
    throw unusable(path, `cannot be read: ${systemCode(error) ?? "failed"}`, error);
  }
}

/** The text of such a file; undefined where it cannot be read. */
export function readTextOrUndefined(path: string): string | undefined {
  return attemptOr(undefined, () => readConfigFile(path).text);
}

/**
 * The path that a config's text means: absolute, from the user's home (`~/`), or from the config's folder.
 * @returns undefined for a path from `~` where HOME is not set.
 */
export function resolvePath(
  written: string,
  { file, environment }: { readonly file: string; readonly environment: Environment },
): string | undefined {
  if (isAbsolute(written)) return written;
  if (!/^~(?:\/|$)/.test(written)) return join(dirname(file), written);
  const home = environment.HOME;
  return home === undefined || home === "" ? undefined : join(home, written.slice(1));
}

function readAtMost(file: number, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const count = readSync(file, bytes, length, most - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/**
 * The text of a config. Comments need not be UTF-8, for nobody reads them: what is none there is taken for Windows-1252.
 * @throws Failure `file-unusable` where a line that counts is none.
 */
export function decodeConfig(bytes: Uint8Array, path: string): string {
  const whole = decodeUtf8(bytes);
  if (whole !== undefined) return whole;
  const lines = Buffer.from(bytes).toString("latin1").split("\n");
  return lines.map((line, index) => decodeLine(line, index + 1, path)).join("\n");
}

/** @param line its bytes, as characters. */
function decodeLine(line: string, number: number, path: string): string {
  if (!/[\x80-\xff]/.test(line)) return line;
  const bytes = Buffer.from(line, "latin1");
  const whole = decodeUtf8(bytes);
  if (whole !== undefined) return whole;
  // Between backquotes and triple quotes, the sign of a comment is none.
  const comment = /`|"""/.test(line) ? -1 : line.search(/[#;]/);
  const value = comment === -1 ? undefined : decodeUtf8(bytes.subarray(0, comment));
  if (value !== undefined) return value + WINDOWS_1252.decode(bytes.subarray(comment));
  throw unusable(path, `is not UTF-8 text in line ${number}`, undefined, "save it again as UTF-8");
}

const WINDOWS_1252 = new TextDecoder("windows-1252");

function unusable(path: string, reason: string, cause?: unknown, hint = "check its path and permissions"): Failure {
  return new Failure("file-unusable", `${basename(path)} ${reason}`, { hint, cause });
}
