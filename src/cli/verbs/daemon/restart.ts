import { realpathSync } from "node:fs";
import type { IdentityEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { ownCommand } from "../../../platform/process/self.ts";
import { pause } from "../../../platform/waiting.ts";
import { commonOptions, findPaths, tunnelArgument } from "../../arguments.ts";
import { unlessAbsent } from "../../daemon/absence.ts";
import { type ControlClient, createControlClient } from "../../daemon/control-client.ts";
import { daemonize } from "../../daemon/daemonize.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { sayTunnel } from "../tunnels/up.ts";

/** How long the successor may take until it answers in the old daemon's place. */
const ANSWERS_WITHIN_MS = 20_000;

export const verb = defineVerb({
  name: "restart",
  summary: "Replace the daemon by this program, or restart one tunnel",
  details:
    "Without a name, this program takes over from the daemon while the tunnels go on, as after an update. With a name, that tunnel is stopped and started.",
  examples: ["wpdaemon restart          # after an update"],
  args: {
    name: { ...tunnelArgument, required: false },
    ...commonOptions,
  },
  async run({ args }) {
    const paths = findPaths(args);
    const control = createControlClient(paths);
    if (args.name !== undefined) {
      const tunnel = await control.restartTunnel(args.name);
      return args.json ? say(JSON.stringify(tunnel)) : await sayTunnel(tunnel);
    }
    const old = await unlessAbsent(control.identity());
    const daemon = old === undefined ? (await daemonize(paths.home, undefined)).daemon : await takeOver(control, old);
    if (args.json) return say(JSON.stringify({ old: old === undefined ? null : nameOf(old), new: nameOf(daemon) }));
    await sayDone(
      old === undefined
        ? `no daemon was running; started version ${daemon.version}, process ${daemon.pid}`
        : `version ${old.version}, process ${old.pid} → version ${daemon.version}, process ${daemon.pid}`,
    );
  },
});

/** @throws Failure `handover-failed`; the old daemon then carries on. */
async function takeOver(control: ControlClient, old: IdentityEntry): Promise<IdentityEntry> {
  const { pid } = await control.handOver(ownExecutable());
  const deadline = performance.now() + ANSWERS_WITHIN_MS;
  while (performance.now() < deadline) {
    const identity = await unlessAbsent(control.identity());
    // One that keeps its number is another one all the same.
    if (identity?.pid === pid && identity.instanceId !== old.instanceId) return identity;
    await pause(20);
  }
  throw new Failure("handover-failed", `process ${pid} took over, but does not answer`, {
    hint: "look with wpdaemon status",
  });
}

function ownExecutable(): string {
  const [program, entry] = ownCommand();
  if (entry === undefined) return realpathSync(program);
  throw new Failure("usage", "a daemon cannot be handed over to sources", {
    hint: "compile them with make build, and run dist/wpdaemon restart",
  });
}

function nameOf({ pid, instanceId, version }: IdentityEntry): object {
  return { pid, instanceId, version };
}
