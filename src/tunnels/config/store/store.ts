import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { Failure, fileUnusable, systemCode } from "../../../platform/failure.ts";
import { syncFolder } from "../../../platform/files/files.ts";
import { nearestWord } from "../../../platform/nearest-word.ts";
import { isRegularFile, listConfigs } from "./listing.ts";
import { configNameOf, normalizeConfigName, tunnelNameOf } from "./names.ts";

/** The folder of configs; each is one tunnel. */
export type ConfigStore = ReturnType<typeof createConfigStore>;

/**
 * @param folder absolute path; it may be missing.
 * @param onSkipped called once for each file that looks like a config and that `list` leaves out.
 */
export function createConfigStore(folder: string, onSkipped?: (name: string, reason: string) => void) {
  let reported: ReadonlySet<string> = new Set();

  return { list, nameOf, find, remove };

  /** @returns the full names. @throws Failure `file-unusable` where the folder cannot be read. */
  function list(): readonly string[] {
    const skipped = new Set<string>();
    const names = listConfigs(folder, (name, reason) => {
      skipped.add(name);
      if (!reported.has(name)) onSkipped?.(name, reason);
    });
    reported = skipped;
    return names;
  }

  /** The full name of a config, which may be asked for without its suffix. @throws Failure `config-not-found`. */
  function nameOf(name: string): string {
    const normal = normalizeConfigName(name);
    if (normal === undefined) throw notFound(name);
    if (isRegularFile(join(folder, normal))) return normal;
    const known = listConfigs(folder, () => undefined).map(tunnelNameOf);
    throw notFound(name, nearestWord(tunnelNameOf(normal), known));
  }

  /** The absolute path of a config. @throws Failure `config-not-found`. */
  function find(name: string): string {
    return join(folder, nameOf(name));
  }

  /** @throws Failure `config-not-found`, `file-unusable`. */
  function remove(name: string): void {
    const path = find(name);
    try {
      unlinkSync(path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw notFound(name);
      throw fileUnusable(error, `cannot remove ${path}`, "make its folder one that you may write to");
    }
    syncFolder(folder);
  }
}

/** The predecessors' words (docs/protocols/line.md). They are the same whether a file outside the folder exists or not. */
function notFound(name: string, near?: string): Failure {
  return new Failure("config-not-found", `Configuration not found: ${configNameOf(name)}`, {
    hint: near === undefined ? "ask for one of the configs that are listed" : `did you mean ${JSON.stringify(near)}?`,
  });
}
