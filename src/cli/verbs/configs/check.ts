import { Failure } from "../../../platform/failure.ts";
import { commonOptions, tunnelArgument } from "../../arguments.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { reportConfig, sayFindings } from "./report.ts";
import { openConfigStore, surroundingsOf } from "./store.ts";

export const verb = defineVerb({
  name: "config check",
  summary: "Check a config, and show each fault with its line",
  details: "Exit code 1 if it cannot be started.",
  args: {
    name: tunnelArgument,
    ...commonOptions,
  },
  async run({ args }) {
    const report = await reportConfig(openConfigStore(args.home), args.name, surroundingsOf(args.home));
    if (args.json) say(JSON.stringify(report));
    else await sayFindings(report.findings);
    if (!report.startable) throw new Failure("config-invalid", `${report.name} cannot be started`);
    if (!args.json) await sayDone(`${report.name} can be started`);
  },
});
