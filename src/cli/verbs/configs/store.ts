import { findHome } from "../../../platform/files/home.ts";
import { pathsBelow } from "../../../platform/files/paths.ts";
import { linuxRelease } from "../../../platform/kernel.ts";
import { type ConfigStore, createConfigStore } from "../../../tunnels/config/store.ts";
import { parseAnyConfig } from "../../../tunnels/parse-config.ts";
import { sayError } from "../../output/report.ts";

/** The configs of the installation that the user means. @throws Failure `usage`. */
export function openConfigStore(home: string | undefined): ConfigStore {
  return createConfigStore(pathsBelow(findHome(home, process.env)).configs, {
    environment: process.env,
    linuxRelease: linuxRelease(),
    parse: parseAnyConfig,
    onSkipped: (name, reason) => sayError(`${JSON.stringify(name)} is passed over: ${reason}`),
  });
}
