import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { readHead } from "../../../platform/files/files.ts";
import { decodeConfig, MOST_CONFIG_BYTES } from "./config-file.ts";
import { addConfig, type FolderImport, type ImportParts, nameAfter } from "./import.ts";

/** Providers pack some thousand servers into one archive. */
const MOST_FILES = 5_000;
const MOST_ARCHIVE_BYTES = 32 * 1024 * 1024;
/** Of all files together, so that a small archive cannot become a large one. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Whether a file is a zip archive, whatever its name. It never waits for a named pipe. */
export function isZip(path: string): boolean {
  return attemptOr(
    false,
    () => statSync(path).isFile() && Buffer.from(readHead(path, 4)).toString("latin1") === "PK\u0003\u0004",
  );
}

/**
 * Imports every config of a zip archive under its own name, whatever folder of the archive it is in; one that is refused
 * does not stop the others.
 * @throws Failure `file-unusable` for an archive that is damaged, or larger than one of configs.
 */
export async function importConfigZip(source: string, parts: ImportParts): Promise<readonly FolderImport[]> {
  const outcomes: FolderImport[] = [];
  for (const [path, bytes] of await unpack(source)) {
    const name = nameAfter(path);
    try {
      outcomes.push({ source: path, imported: await addConfig(name, decodeConfig(bytes, name), parts) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      outcomes.push({ source: path, failure: error });
    }
  }
  return outcomes;
}

async function unpack(source: string): Promise<readonly (readonly [string, Uint8Array])[]> {
  const name = basename(source);
  if (statSync(source).size > MOST_ARCHIVE_BYTES) throw unusable(name, "is larger than 32 MiB");
  const { unzipSync } = await import("fflate");
  let [files, total] = [0, 0];
  const filter = ({ name: path, originalSize }: { readonly name: string; readonly originalSize: number }) => {
    if (!isConfigPath(path) || originalSize > MOST_CONFIG_BYTES) return false;
    total += originalSize;
    if (++files > MOST_FILES || total > MOST_BYTES) throw unusable(name, "holds more than an archive of configs does");
    return true;
  };
  try {
    return Object.entries(unzipSync(readFileSync(source), { filter }));
  } catch (error) {
    throw error instanceof Failure ? error : unusable(name, "is a damaged zip archive", error);
  }
}

/** macOS puts a shadow of each file into a folder of its own. */
function isConfigPath(path: string): boolean {
  return path.toLowerCase().endsWith(".conf") && !path.startsWith("__MACOSX/") && !basename(path).startsWith(".");
}

function unusable(name: string, reason: string, cause?: unknown): Failure {
  return new Failure("file-unusable", `${name} ${reason}`, { hint: "unpack it, and import its folder", cause });
}
