import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { readHead } from "../../../platform/files/files.ts";
import { decodeConfig, MOST_CONFIG_BYTES } from "./config-file.ts";
import { addConfig, type FolderImport, type ImportParts, largerThan1MiB, outcomeOf } from "./import.ts";
import { isConfigFileName, nameAfter } from "./names.ts";

/** Providers pack some thousand servers into one archive. */
const MOST_FILES = 5_000;
const MOST_ARCHIVE_BYTES = 32 * 1024 * 1024;
/** Of all files together, so that a small archive cannot become a large one. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Archives within archives, one for each country or system; a deeper one was made to do harm. */
const MOST_DEPTH = 2;

/** By their paths, which begin with the archive that they lie in. */
type Entries = ReadonlyMap<string, Uint8Array>;

/** Of an archive, and of one that holds nothing. */
const HEADS = ["PK\u0003\u0004", "PK\u0005\u0006"];

/** Whether a file is a zip archive, whatever its name. It never waits for a named pipe. */
export function isZip(path: string): boolean {
  return attemptOr(
    false,
    () => statSync(path).isFile() && HEADS.includes(Buffer.from(readHead(path, 4)).toString("latin1")),
  );
}

/**
 * Imports every config of a zip archive, whatever folder of it or archive within it holds it, under its own name; where
 * several have one name, the folder's stands before it. One that is refused does not stop the others.
 * @throws Failure `file-unusable` for an archive that is damaged, or larger than one of configs.
 */
export async function importConfigZip(source: string, parts: ImportParts): Promise<readonly FolderImport[]> {
  const { entries, tooLarge } = await unpack(source);
  const paths = [...entries.keys()];
  const outcomes: FolderImport[] = tooLarge.map((path) => ({ source: path, failure: largerThan1MiB(basename(path)) }));
  for (const [path, bytes] of entries) {
    const isAlone = paths.every((other) => other === path || basename(other) !== basename(path));
    const name = nameAfter(isAlone ? basename(path) : path.replaceAll("/", "-"));
    const readBeside = (relative: string) => readEntry(entries, join(path, "..", relative));
    outcomes.push(await outcomeOf(path, addConfig(name, bytes, parts, readBeside)));
  }
  return outcomes;
}

function readEntry(entries: Entries, path: string): string | undefined {
  const bytes = entries.get(path);
  return bytes === undefined ? undefined : attemptOr(undefined, () => decodeConfig(bytes, path));
}

async function unpack(source: string): Promise<{ readonly entries: Entries; readonly tooLarge: readonly string[] }> {
  const name = basename(source);
  if (statSync(source).size > MOST_ARCHIVE_BYTES) throw unusable(name, "is larger than 32 MiB");
  const { unzipSync } = await import("fflate");
  let [files, total] = [0, 0];
  const entries = new Map<string, Uint8Array>();
  const tooLarge: string[] = [];
  try {
    open(readFileSync(source), "", 1);
    return { entries, tooLarge };
  } catch (error) {
    throw error instanceof Failure ? error : unusable(name, "is a damaged zip archive", error);
  }

  function open(archive: Uint8Array, within: string, depth: number): void {
    // Bit 0 of the first entry's flags; others are as it is.
    if (((archive[6] ?? 0) & 1) === 1) throw unusable(name, "is protected by a password");
    for (const [written, bytes] of Object.entries(unzipSync(archive, { filter }))) {
      // Some programs on Windows write paths with its own separator.
      const path = within + written.replaceAll("\\", "/");
      if (!isConfigFileName(path)) open(bytes, `${path.replace(/\.zip$/i, "")}/`, depth + 1);
      else entries.set(path, bytes);
    }

    function filter(entry: {
      readonly name: string;
      readonly originalSize: number;
      readonly compression: number;
    }): boolean {
      const isArchive = depth < MOST_DEPTH && /\.zip$/i.test(entry.name);
      if (isHidden(entry.name) || !(isConfigFileName(entry.name) || isArchive)) return false;
      if (!isArchive && entry.originalSize > MOST_CONFIG_BYTES) {
        tooLarge.push(within + entry.name);
        return false;
      }
      if (![STORED, DEFLATED].includes(entry.compression))
        throw unusable(name, "is packed in a way that is not read here");
      total += entry.originalSize;
      if (++files > MOST_FILES || total > MOST_BYTES)
        throw unusable(name, "holds more than an archive of configs does");
      return true;
    }
  }
}

/** Ways of packing that fflate reads. */
const [STORED, DEFLATED] = [0, 8];

/** macOS puts a shadow of each file into a folder of its own. */
function isHidden(path: string): boolean {
  return path.startsWith("__MACOSX/") || /^\.|[/\\]\.[^/\\]*$/.test(path);
}

function unusable(name: string, reason: string, cause?: unknown): Failure {
  return new Failure("file-unusable", `${name} ${reason}`, { hint: "unpack it, and import its folder", cause });
}
