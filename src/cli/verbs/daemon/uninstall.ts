import { Failure } from "../../../platform/failure.ts";
import { carryOut, showSteps } from "../../../platform/service/carry-out.ts";
import { hasDefinition, removeDefinition } from "../../../platform/service/definition-file.ts";
import { findServiceManager } from "../../../platform/service/manager.ts";
import { jsonOption, yesOption } from "../../arguments.ts";
import { confirm, say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { demandRights, findScope, systemOption } from "./service-scope.ts";

export const verb = defineVerb({
  name: "uninstall",
  summary: "Stop the service and remove it",
  details: "Configs and logs stay.",
  args: { system: systemOption, yes: yesOption, json: jsonOption },
  async run({ args }) {
    const uid = process.getuid?.() ?? 0;
    const scope = findScope(args.system, process.env, uid);
    const { file, stopSteps, forgetSteps } = findServiceManager(process.platform, scope);
    const removed = hasDefinition(file);
    if (removed) {
      demandRights(scope, uid);
      if (!(await confirm(`Stop the service and its tunnels, and remove ${file}?`, args))) return;
      const refusal = await carryOut(stopSteps, process.env);
      if (refusal !== undefined) {
        throw new Failure("stop-failed", `the service is not stopped, and ${file} stays: ${refusal.reason}`, {
          hint: `if no service manager runs here, remove the file by hand; else run: ${showSteps(stopSteps)}`,
        });
      }
      removeDefinition(file);
      await carryOut(forgetSteps, process.env);
    }
    if (args.json) return say(JSON.stringify({ file, removed }));
    await sayDone(removed ? `stopped the service and removed ${file}` : `no service is installed: there is no ${file}`);
  },
});
