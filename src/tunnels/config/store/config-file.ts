import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr, Failure, systemCode } from "../../../platform/failure.ts";

/** A real config is far smaller; a larger file was put there by mistake. */
export const MOST_CONFIG_BYTES = 1024 * 1024;

interface ConfigText {
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Reads a regular file of at most 1 MiB of UTF-8; a byte order mark stays in the text. It never waits for a named pipe.
 * @throws Failure `file-unusable` naming the file and the reason.
 */
export function readConfigFile(path: string): ConfigText {
  const file = openOrFail(path);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw unusable(path, "is not a regular file");
    const bytes = readAtMost(file, MOST_CONFIG_BYTES + 1);
    if (bytes.length > MOST_CONFIG_BYTES) throw unusable(path, "is larger than 1 MiB");
    return { text: decode(bytes, path), mode: status.mode & 0o777 };
  } catch (error) {
    throw error instanceof Failure ? error : unusable(path, `cannot be read: ${systemCode(error) ?? "failed"}`, error);
  } finally {
    closeSync(file);
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

function openOrFail(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw unusable(path, `cannot be read: ${systemCode(error) ?? "failed"}`, error);
  }
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

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unusable(path, "is not UTF-8 text", error, "save it again as UTF-8");
  }
}

function unusable(path: string, reason: string, cause?: unknown, hint = "check its path and permissions"): Failure {
  return new Failure("file-unusable", `${basename(path)} ${reason}`, { hint, cause });
}
