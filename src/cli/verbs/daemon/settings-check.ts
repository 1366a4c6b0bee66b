import { existsSync } from "node:fs";
import { loadSettings, overridingVariables } from "../../../daemon/settings.ts";
import { configNameOf } from "../../../tunnels/config/store/names.ts";
import { commonOptions, findPaths } from "../../arguments.ts";
import { say, sayDone, warn } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "../configs/store.ts";

export const verb = defineVerb({
  name: "settings check",
  summary: "Check config.yaml and the variables that stand for it",
  details: "Exit code 2 if a daemon would not start with them. A tunnel that has no config is warned of.",
  args: { ...commonOptions },
  async run({ args }) {
    const paths = findPaths(args);
    const { tunnels } = loadSettings(paths, process.env, {});
    const configs = openConfigStore(args.home).list();
    const named = Object.entries(tunnels).flatMap(([name, { failover }]) => [name, ...failover]);
    const missing = [...new Set(named)].filter((name) => !configs.includes(configNameOf(name)));
    const variables = overridingVariables(process.env);
    const file = existsSync(paths.settings) ? paths.settings : null;
    if (args.json) return say(JSON.stringify({ file, variables, missingConfigs: missing }));
    for (const name of missing) await warn(`the settings name ${name}, of which there is no config`);
    for (const variable of variables) say(`${variable} beats the file`);
    await sayDone(file === null ? `there is no ${paths.settings}: the defaults hold` : `${file} is valid`);
  },
});
