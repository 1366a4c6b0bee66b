import { findHome } from "../../../platform/files/home.ts";
import { pathsBelow } from "../../../platform/files/paths.ts";
import type { ImportParts } from "../../../tunnels/config/store/import.ts";
import { type ConfigStore, createConfigStore } from "../../../tunnels/config/store/store.ts";
import { parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig } from "../../../tunnels/kinds.ts";
import { sayError } from "../../output/report.ts";

/** The configs of the installation that the user means. @throws Failure `usage`. */
export function openConfigStore(home: string | undefined): ConfigStore {
  return createConfigStore(configFolder(home), (name, reason) =>
    sayError(`${JSON.stringify(name)} is passed over: ${reason}`),
  );
}

/** The folder of that installation's configs, and the check of a new one. @throws Failure `usage`. */
export function importParts(home: string | undefined): ImportParts {
  return {
    folder: configFolder(home),
    check: (text, path) => parseConfig(text, parseOptions(path, process.env)),
  };
}

function configFolder(home: string | undefined): string {
  return pathsBelow(findHome(home, process.env)).configs;
}
