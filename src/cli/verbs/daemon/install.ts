import type { Environment } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import { carryOut, showSteps } from "../../../platform/service/carry-out.ts";
import { writeDefinition } from "../../../platform/service/definition-file.ts";
import { findServiceManager } from "../../../platform/service/manager.ts";
import type { ServiceManager } from "../../../platform/service/service.ts";
import { homeOption, jsonOption, portOption, switchOption } from "../../arguments.ts";
import { say, sayDone, warn } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { describeDaemonService, prepareServiceFolder } from "./daemon-service.ts";
import { demandRights, findScope, systemOption } from "./service-scope.ts";

export const verb = defineVerb({
  name: "install",
  summary: "Have systemd or launchd run the daemon",
  details: "It starts at login, or with --system at boot, and again if it ends.",
  args: {
    system: systemOption,
    user: { type: "string", valueHint: "user", description: "With --system: the account that the daemon runs as" },
    home: homeOption,
    port: portOption,
    print: switchOption("Print the service's file and change nothing"),
    start: {
      type: "boolean",
      negativeDescription: "Start it at the next login or boot, not now",
      default: true,
    },
    force: switchOption("Replace a file that wpdaemon did not write"),
    json: jsonOption,
  },
  async run({ args }) {
    const uid = process.getuid?.() ?? 0;
    const scope = findScope(args.system, process.env, uid);
    const service = describeDaemonService(args, process.env);
    const manager = findServiceManager(process.platform, scope);
    const { file } = manager;
    if (args.print) {
      const text = manager.describe(service, true);
      return say(args.json ? JSON.stringify({ file, text }) : text.trimEnd());
    }

    demandRights(scope, uid);
    prepareServiceFolder(service);
    const isIsolated = await canIsolate(manager, process.env);
    const change = writeDefinition(file, manager.describe(service, isIsolated), args.force);
    const steps = manager.startSteps(change, args.start);
    await warnOfVariables(process.env);
    const refusal = await carryOut(steps, process.env);
    if (refusal === undefined) {
      if (args.json) return say(JSON.stringify({ file, change, started: args.start }));
      await sayDone(`${change} ${file}`);
      await sayDone(args.start ? "the service is enabled and runs" : "the service is enabled, but not started");
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

/** Tries it, for whether a user may have a namespace depends on kernel, distribution and container. */
async function canIsolate({ isolationProbe }: ServiceManager, environment: Environment): Promise<boolean> {
  if (isolationProbe === undefined) return true;
  const refusal = await carryOut([isolationProbe], environment);
  if (refusal === undefined) return true;
  await warn(`the service is not kept apart from the rest of your home folder: ${refusal.reason}`);
  return false;
}

/** A service manager starts the daemon without the environment of whoever installs it. */
async function warnOfVariables(environment: Environment): Promise<void> {
  for (const [name, setting] of [
    ["WPDAEMON_STREAM_PORT", "stream.port"],
    ["WPDAEMON_MIRROR", "wireproxy.mirror"],
    ["WPDAEMON_WIREPROXY", "wireproxy.path"],
    ["WPDAEMON_BEYOND_LOOPBACK", "listen.beyond_loopback"],
  ] as const) {
    if (environment[name]) await warn(`the service does not see ${name}; set ${setting} in config.yaml instead`);
  }
}
