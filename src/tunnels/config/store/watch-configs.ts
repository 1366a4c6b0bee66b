import { constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptOr } from "../../../platform/failure.ts";
import { withFile } from "../../../platform/files/files.ts";
import { watchFolder } from "../../../platform/files/folder-watch.ts";
import { MOST_CONFIG_BYTES } from "./config-file.ts";
import { listConfigs } from "./listing.ts";

export type ConfigChange = "added" | "changed" | "removed";

/**
 * Reports each config of a folder that is added, removed or gets another content, from this call on. A save in several
 * steps is reported once, and a save that leaves the content as it was is not reported.
 * @param onChange gets the config's full name.
 */
export function watchConfigs(
  folder: string,
  onChange: (config: string, change: ConfigChange) => void,
): { stop(): void } {
  const watch = watchFolder(folder, compare);
  let known = takePrints(folder) ?? new Map<string, Print>();
  return watch;

  function compare(): void {
    const found = takePrints(folder);
    if (found === undefined) return;
    const before = known;
    known = found;
    for (const config of before.keys()) if (!found.has(config)) onChange(config, "removed");
    for (const [config, print] of found) {
      const former = before.get(config);
      if (!before.has(config)) onChange(config, "added");
      else if (print === undefined) found.set(config, former);
      else if (former !== undefined && former !== print) onChange(config, "changed");
    }
  }
}

/** A hash of the content; undefined for a config that cannot be read. */
type Print = number | bigint | undefined;

/** Undefined for a folder that cannot be read. */
function takePrints(folder: string): Map<string, Print> | undefined {
  const configs = attemptOr(undefined, () => listConfigs(folder, () => {}));
  return configs && new Map(configs.map((config) => [config, takePrint(join(folder, config))]));
}

/** It never waits, not even for a named pipe that has taken a config's place. */
function takePrint(path: string): Print {
  return attemptOr(undefined, () =>
    withFile(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY), (file) =>
      fstatSync(file).size > MOST_CONFIG_BYTES ? undefined : Bun.hash(readFileSync(file)),
    ),
  );
}
