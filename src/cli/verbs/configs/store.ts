import { loadSettings } from "../../../daemon/settings.ts";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr } from "../../../platform/failure.ts";
import type { ImportParts } from "../../../tunnels/config/store/import.ts";
import { type ConfigStore, createConfigStore } from "../../../tunnels/config/store/store.ts";
import { type ConfigSurroundings, parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig, translateConfig } from "../../../tunnels/kinds.ts";
import { findPaths, switchOption } from "../../arguments.ts";
import { sayError } from "../../output/report.ts";

/** The configs of the installation that the user means. @throws Failure `usage`. */
export function openConfigStore(home: string | undefined): ConfigStore {
  return createConfigStore(findPaths({ home }).configs, (name, reason) =>
    sayError(`${JSON.stringify(name)} is passed over: ${reason}`),
  );
}

/** What the configs of that installation mean here. @throws Failure `usage`. */
export function surroundingsOf(home: string | undefined, environment: Environment = process.env): ConfigSurroundings {
  // A fault of the settings is told by what starts with them.
  const settings = attemptOr(undefined, () => loadSettings(findPaths({ home }), environment, {}));
  return { environment, mayBeOpen: settings?.listen.beyond_loopback };
}

/** What an import lets a config do; without them it is one of a stranger's. */
export const trustOptions = {
  "allow-variables": switchOption("It may take values from the environment ($NAME)"),
  "allow-files": switchOption("It may read files outside the folder of configs"),
  "allow-reverse": switchOption("Its server or peer may make connections from this machine"),
};

export const replaceOption = switchOption("Take the place of configs that have the same name");

type TrustArguments = { readonly [name in keyof typeof trustOptions]: boolean };

/** The folder of that installation's configs, and the check of a new one. @throws Failure `usage`. */
export function importParts(
  args: { readonly home?: string | undefined; readonly replace: boolean } & TrustArguments,
): ImportParts {
  return {
    folder: findPaths(args).configs,
    environment: process.env,
    trust: {
      variables: args["allow-variables"],
      files: args["allow-files"],
      reverse: args["allow-reverse"],
    },
    replace: args.replace,
    translate: translateConfig,
    check: (text, path) => parseConfig(text, parseOptions(path, surroundingsOf(args.home))),
  };
}
