import { describeFinding } from "../../../endpoints/config/findings.ts";
import { EXIT } from "../../../platform/exit-codes.ts";
import { commonOptions } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { configOption, readMeantSettings } from "./read-settings.ts";

export const verb = defineVerb({
  name: "endpoints check",
  summary: "Say everything that is wrong with the settings of endpoints",
  details: "Exit code 1 if something is.",
  args: { config: configOption, ...commonOptions },
  run({ args }) {
    const { file, checked } = readMeantSettings(args);
    const { problems, warnings } = checked;
    if (problems.length > 0) process.exitCode = EXIT.failed;
    if (args.json) return say(JSON.stringify({ file, problems, warnings }));
    for (const problem of problems) say(`problem  ${describeFinding(problem)}`);
    for (const warning of warnings) say(`warning  ${describeFinding(warning)}`);
    if (problems.length === 0) say(`${file} is valid`);
  },
});
