import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { watchFolder } from "../../platform/files/folder-watch.ts";
import { MOST_CONFIG_BYTES } from "./config-file.ts";
import { listConfigs } from "./listing.ts";

export type ConfigChange = "added" | "changed" | "removed";

/**
 * Tells of each config that comes into a folder, goes from it, or gets another content, from the call on. A save in
 * several steps is told once, one that leaves the content as it was not at all.
 * @param tell hears the config's full name.
 */
export function watchConfigs(folder: string, tell: (config: string, change: ConfigChange) => void): { stop(): void } {
  const watch = watchFolder(folder, look);
  let known = takePrints(folder) ?? new Map<string, Print>();
  return watch;

  function look(): void {
    const found = takePrints(folder);
    if (found === undefined) return;
    const before = known;
    known = found;
    for (const config of before.keys()) if (!found.has(config)) tell(config, "removed");
    for (const [config, print] of found) {
      const former = before.get(config);
      if (!before.has(config)) tell(config, "added");
      else if (print === undefined) found.set(config, former);
      else if (former !== undefined && former !== print) tell(config, "changed");
    }
  }
}

/** Of a content; undefined for one that cannot be read, of which nothing is known. */
type Print = number | bigint | undefined;

/** Undefined for a folder that cannot be read. */
function takePrints(folder: string): Map<string, Print> | undefined {
  try {
    return new Map(listConfigs(folder, () => {}).map((config) => [config, takePrint(join(folder, config))]));
  } catch {
    return undefined;
  }
}

/** A named pipe that has taken a config's place cannot make it wait. */
function takePrint(path: string): Print {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const { size } = fstatSync(file);
    return size > MOST_CONFIG_BYTES ? undefined : Bun.hash(readFileSync(file));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
