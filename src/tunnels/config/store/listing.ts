import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { attemptOr, fileUnusable, systemCode } from "../../../platform/failure.ts";
import { decodeUtf8 } from "../../../platform/plain-text.ts";
import { CONFIG_SUFFIX, normalizeConfigName } from "./names.ts";

/**
 * The configs in a folder: regular files, symbolic links followed, in the order of their names' bytes.
 * @param onSkipped called for each `.conf` file that cannot be started by its name, with the reason.
 * @returns nothing for a folder that is not there.
 * @throws Failure `file-unusable` where the folder cannot be read.
 */
export function listConfigs(folder: string, onSkipped: (name: string, reason: string) => void): readonly string[] {
  const names: string[] = [];
  for (const bytes of readEntries(folder)) {
    const shown = bytes.toString("utf8");
    if (!shown.endsWith(CONFIG_SUFFIX) || shown.startsWith(".")) continue;
    const name = decodeUtf8(bytes);
    if (name === undefined) onSkipped(shown, "its name is not valid UTF-8");
    else if (normalizeConfigName(name) !== name) onSkipped(shown, "its name cannot be asked for");
    else if (isRegularFile(join(folder, name))) names.push(name);
  }
  return names.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

/** Symbolic links are followed; a path that cannot be examined is no regular file. */
export function isRegularFile(path: string): boolean {
  return attemptOr(false, () => statSync(path).isFile());
}

function readEntries(folder: string): readonly Buffer[] {
  try {
    return readdirSync(folder, { encoding: "buffer" });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw fileUnusable(error, `cannot read ${folder}`, "make it a folder that you may read");
  }
}
