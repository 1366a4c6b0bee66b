import { Failure } from "../../../platform/failure.ts";
import { carryOut, showSteps } from "../../../platform/service/carry-out.ts";
import { writeDefinition } from "../../../platform/service/definition-file.ts";
import { findServiceManager } from "../../../platform/service/manager.ts";
import { homeOption, jsonOption, portOption } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { describeDaemonService, prepareServiceFolder } from "./daemon-service.ts";
import { demandRights, findScope, systemOption } from "./service-scope.ts";

export const install = defineVerb({
  name: "install",
  description: "Have systemd or launchd start the daemon and keep it running",
  args: {
    system: systemOption,
    user: { type: "string", description: "With --system: the account that the daemon runs as" },
    home: homeOption,
    port: portOption,
    print: { type: "boolean", description: "Print the service's file and change nothing", default: false },
    "no-start": { type: "boolean", description: "Start it at the next login or boot, not now", default: false },
    force: { type: "boolean", description: "Replace a file that wpdaemon did not write", default: false },
    json: jsonOption,
  },
  async run({ args, rawArgs }) {
    const uid = process.getuid?.() ?? 0;
    const scope = findScope(args.system, process.env, uid);
    const service = describeDaemonService(args, process.env);
    const manager = findServiceManager(process.platform, scope);
    const { file } = manager;
    const text = manager.describe(service);
    if (args.print) return say(args.json ? JSON.stringify({ file, text }) : text.trimEnd());

    demandRights(scope, uid);
    prepareServiceFolder(service);
    const change = writeDefinition(file, text, args.force);
    // The parser takes --no-start for a denial of "start", and keeps nothing under the name of the option.
    const start = !rawArgs.includes("--no-start");
    const steps = manager.startSteps(change, start);
    const refusal = await carryOut(steps, process.env);
    if (refusal === undefined) {
      if (args.json) return say(JSON.stringify({ file, change, started: start }));
      say(`${change} ${file}`);
      say(start ? "the service is enabled and runs" : "the service is enabled, but not started");
      return manager.advice === undefined ? undefined : say(manager.advice);
    }
    const isUnreachable = refusal.step === steps[0];
    throw new Failure("start-failed", `${change} ${file}, but the service does not run: ${refusal.reason}`, {
      hint: isUnreachable
        ? `in a login that reaches the service manager (not through su), run: ${showSteps(steps)}`
        : `this shows why: ${manager.showLog(service)}`,
    });
  },
});
