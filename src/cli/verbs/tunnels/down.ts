import { Failure } from "../../../platform/failure.ts";
import { configNameOf } from "../../../tunnels/config/store/names.ts";
import { isAtRest } from "../../../tunnels/life/state-machine.ts";
import { daemonOptions, switchOption, tunnelArgument } from "../../arguments.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import type { DaemonClient } from "../../daemon/line-client.ts";
import { reachDaemon } from "../../daemon/reach-daemon.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { forEachTunnel } from "./for-each-tunnel.ts";

export const verb = defineVerb({
  name: "down",
  summary: "Bring tunnels down, and close their connections",
  details: "Without a name, it brings down the only one that is up.",
  examples: ["wpdaemon down us-east"],
  several: true,
  args: {
    name: { ...tunnelArgument, required: false },
    all: switchOption("Every tunnel that is up"),
    ...daemonOptions,
  },
  async run({ args }) {
    const { _: names, all, json } = args;
    if (all && names.length > 0) throw new Failure("usage", "--all and a name exclude each other");
    const reached = await reachDaemon(args);
    if ("line" in reached) return await downOnPredecessor(reached.line, names, json);
    const { control } = reached;
    const chosen = names.length > 0 ? names : await chooseRunning(control, all);
    if (chosen.length === 0) return say(json ? "[]" : "no tunnel is up");
    await forEachTunnel(chosen, control.down, { json, list: all, sayDone: ({ name }) => sayDone(`stopped ${name}`) });
  },
});

/** @throws Failure `not-running`, `usage` where one is wanted and several run. */
async function chooseRunning(control: ControlClient, all: boolean): Promise<readonly string[]> {
  const running = (await control.status()).tunnels.filter(({ state }) => !isAtRest(state)).map(({ name }) => name);
  if (all || running.length === 1) return running;
  if (running.length === 0) throw new Failure("not-running", "no tunnel is up");
  throw new Failure("usage", `several tunnels are up: ${running.join(", ")}`, { hint: "name one, or pass --all" });
}

async function downOnPredecessor(client: DaemonClient, names: readonly string[], json: boolean): Promise<void> {
  const { config: running } = await client.state();
  const stranger = names.find((name) => configNameOf(name) !== running);
  if (stranger !== undefined) throw new Failure("not-running", `${stranger} is not up`);
  const { previous_config: config, log_file: log } = await client.spinDown();
  if (json) return say(JSON.stringify({ name: config, state: "idle", log }));
  await sayDone(`stopped ${config}`);
}
