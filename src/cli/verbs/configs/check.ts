import { Failure } from "../../../platform/failure.ts";
import { homeOption, jsonOption } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { reportConfig, sayFindings } from "./report.ts";
import { openConfigStore } from "./store.ts";

export const configCheck = defineVerb({
  name: "config check",
  description: "Every fault of a config, with its line and what to do; exit code 1 where it cannot be started",
  args: {
    name: { type: "positional", description: "Config, with or without .conf", required: true },
    home: homeOption,
    json: jsonOption,
  },
  async run({ args }) {
    const report = await reportConfig(openConfigStore(args.home), args.name);
    if (args.json) say(JSON.stringify(report));
    else sayFindings(report.findings);
    if (!report.startable) throw new Failure("config-invalid", `${report.name} cannot be started`);
    if (!args.json) say(`${report.name} can be started`);
  },
});
