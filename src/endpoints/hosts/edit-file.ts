import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Failure, systemCode } from "../../platform/failure.ts";
import { syncFolder, withFile, writeAll } from "../../platform/files/files.ts";

/** How a file was changed: exchanged as a whole, or, where its folder does not let us, over what was in it. */
export type FileChange = "unchanged" | "exchanged" | "overwritten";

/** Somebody else may write to it at the same time. */
const ATTEMPTS = 5;

/** The folder does not take a second file, or not in the place of the first: as with a file that is mounted by itself. */
const NOT_EXCHANGEABLE = new Set(["EBUSY", "EXDEV", "EPERM", "EACCES", "EROFS"]);

/** Of a hosts file that there was not yet. */
const READABLE = 0o644;

/**
 * Changes a text file of the system's, in latin1, so that a crash leaves the old or the new one: with its mode, its owner and
 * the link that leads to it. What another writer has changed meanwhile is read again.
 * @param edit gives the same text where nothing is to be changed.
 * @throws the operating system's error; Failure `file-unusable` where others never cease to write to it.
 */
export function editFile(path: string, edit: (text: string) => string): FileChange {
  const real = resolveLinks(path);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = look(real);
    const text = before === undefined ? "" : readFileSync(real, "latin1");
    const edited = edit(text);
    if (edited === text) return "unchanged";
    const change = before === undefined ? undefined : exchange(real, before, edited);
    if (change === "exchanged") return change;
    if (change === undefined && overwrite(real, text, edited)) return "overwritten";
  }
  throw new Failure("file-unusable", `${path} is written to by others all the time`, {
    hint: "it is tried again later",
  });
}

/** @returns `changed` where somebody else was faster, undefined where the file cannot be exchanged. */
function exchange(path: string, before: BigIntStats, text: string): "exchanged" | "changed" | undefined {
  const draft = `${path}.wpdaemon-${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    withFile(openSync(draft, "wx", Number(before.mode) & 0o777), (file) => {
      fchownSync(file, Number(before.uid), Number(before.gid));
      fchmodSync(file, Number(before.mode) & 0o7777);
      writeAll(file, Buffer.from(text, "latin1"));
      fsyncSync(file);
    });
    const now = look(path);
    if (now?.ino !== before.ino || now.size !== before.size || now.mtimeNs !== before.mtimeNs) {
      rmSync(draft, { force: true });
      return "changed";
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    if (NOT_EXCHANGEABLE.has(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  syncFolder(dirname(path));
  return "exchanged";
}

/** Writes before it shortens, so that no moment has an empty file. @returns false where somebody else was faster. */
function overwrite(path: string, before: string, text: string): boolean {
  const bytes = Buffer.from(text, "latin1");
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, READABLE);
  try {
    if (readFileSync(file, "latin1") !== before) return false;
    for (let offset = 0; offset < bytes.length; )
      offset += writeSync(file, bytes, offset, bytes.length - offset, offset);
    ftruncateSync(file, bytes.length);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return readFileSync(path, "latin1") === text;
}

function look(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function resolveLinks(path: string): string {
  return look(path) === undefined ? path : realpathSync(path);
}
