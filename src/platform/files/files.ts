import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { attemptOr, systemCode } from "../failure.ts";

/** Only the owner: files may hold keys, and folders the files that do. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Creates `folder` and what is missing above it, each for the owner alone. An existing folder keeps its mode. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
}

/** What a replaced file must survive: the death of this process, or a power cut as well, which can take seconds. */
export type Survival = "kill" | "power-cut";

/**
 * Replaces the file at `path` so that a reader, a crash or a full disk meets either the old content or the new, never
 * a part: a temporary file in the same folder, renamed over it; for a power cut, both the file and the folder synced.
 * @param mode its permission bits, which it has before it gets its name.
 * @throws the operating system's error; the old file is then untouched and the temporary one gone.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  survives: Survival = "power-cut",
  mode = PRIVATE_FILE,
): void {
  const temporary = `${path}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    withFile(openSync(temporary, "wx", PRIVATE_FILE), (file) => {
      writeAll(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
      if (mode !== PRIVATE_FILE) fchmodSync(file, mode);
      if (survives === "power-cut") fsyncSync(file);
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    // A write knows the descriptor alone.
    if (error instanceof Error && !error.message.includes(path)) error.message += ` ${path}`;
    throw error;
  }
  if (survives === "power-cut") syncFolder(dirname(path));
}

/**
 * Opens a log for appending, and makes it with its folder at need. A link, a pipe or a device under its name, which would
 * lead what is written elsewhere or hold the writer up, is removed.
 * @throws the operating system's error.
 */
export function openLogFile(path: string): number {
  makePrivateFolder(dirname(path));
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile() && !found.isDirectory()) rmSync(path);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  // One that is exchanged after that look is refused.
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, PRIVATE_FILE);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new Error(`${path} is no file`);
}

/** Does something with an open file or socket, and closes it. */
export function withFile<Result>(file: number, work: (file: number) => Result): Result {
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** The first bytes of a file, fewer where it is shorter. @throws the operating system's error. */
export function readHead(path: string, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  return withFile(openSync(path, "r"), (file) => bytes.subarray(0, readSync(file, bytes)));
}

/** The paths of what lies in a folder; none where it cannot be read. */
export function listFolder(folder: string): readonly string[] {
  return attemptOr([], () => readdirSync(folder).map((name) => join(folder, name)));
}

/** Whether a path is taken, be it by a link that leads nowhere. */
export function isTaken(path: string): boolean {
  return attemptOr(false, () => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
}

/** Writes every byte to an open file; a short write (disk nearly full, signal) is continued. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
}

/** The text of a file, or undefined where there is none. @throws the operating system's error for every other fault. */
export function readTextIfThere(path: string): string | undefined {
  return unlessMissing(() => readFileSync(path, "utf8"));
}

/** What `look` gives, or undefined where there is no such file. @throws what else `look` throws. */
export function unlessMissing<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes a file where that is possible: for what does no harm, and may be tried again. */
export function removeIfPossible(path: string): void {
  attemptOr(undefined, () => rmSync(path, { force: true }));
}

/** Makes a rename or a removal in `folder` survive a power cut. */
export function syncFolder(folder: string): void {
  withFile(openSync(folder, "r"), fsyncSync);
}
