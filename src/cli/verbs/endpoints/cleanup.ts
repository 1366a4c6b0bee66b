import { join } from "node:path";
import { settingsOf } from "../../../endpoints/config/config-file.ts";
import { createJournal } from "../../../endpoints/serving/journal.ts";
import { isTaken } from "../../../platform/files/files.ts";
import { acquireLock } from "../../../platform/files/lock.ts";
import { commonOptions, findPaths } from "../../arguments.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { configOption, readMeantSettings } from "./read-settings.ts";

export const verb = defineVerb({
  name: "endpoints cleanup",
  summary: "Remove the names that a killed daemon has left in the hosts file",
  details: "The next start does the same. It is refused while a daemon serves them.",
  args: { config: configOption, ...commonOptions },
  async run({ args }) {
    const { file, checked } = readMeantSettings(args);
    const { stateFolder } = settingsOf(checked, file);
    const lockPath = args.config === undefined ? findPaths(args).lock : join(stateFolder, "lock");
    // Whoever serves holds it; without a folder nobody has ever served.
    const lock = isTaken(lockPath) ? acquireLock(lockPath) : undefined;
    try {
      const hosts = await createJournal(stateFolder).cleanUp();
      if (args.json) return say(JSON.stringify({ hosts: hosts ?? null }));
      await sayDone(hosts === undefined ? "there is nothing to remove" : `removed our names from ${hosts}`);
    } finally {
      lock?.release();
    }
  },
});
