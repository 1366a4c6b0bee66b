import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { daemonOptions, tunnelArgument } from "../../arguments.ts";
import type { DaemonClient } from "../../daemon/line-client.ts";
import { reachDaemon } from "../../daemon/reach-daemon.ts";
import { say, sayDone } from "../../output/report.ts";
import { formatTunnel } from "../../output/status-text.ts";
import { openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { findSocksAddress } from "../configs/report.ts";
import { openConfigStore } from "../configs/store.ts";
import { upWithProgram } from "./await-program.ts";
import { forEachTunnel } from "./for-each-tunnel.ts";

export const verb = defineVerb({
  name: "up",
  summary: "Bring tunnels up and wait until they accept connections",
  details: "One that is up already stays as it is.",
  examples: ["wpdaemon up us-east && curl --socks5-hostname 127.0.0.1:25344 https://example.com"],
  several: true,
  args: {
    name: tunnelArgument,
    ...daemonOptions,
  },
  async run({ args }) {
    const reached = await reachDaemon(args);
    if ("line" in reached) return await upOnPredecessor(reached.line, args._, args);
    await forEachTunnel(args._, (name) => upWithProgram(reached.control, name), {
      json: args.json,
      sayDone: sayTunnel,
    });
  },
});

/** For a person, on stdout. */
export async function sayTunnel(tunnel: TunnelEntry): Promise<void> {
  await sayDone(formatTunnel(tunnel, openPaint()));
}

async function upOnPredecessor(
  client: DaemonClient,
  names: readonly string[],
  { home, json }: { home?: string | undefined; json: boolean },
): Promise<void> {
  const [name = "", ...others] = names;
  if (others.length > 0) throw new Failure("usage", "this daemon holds one tunnel at a time", { hint: "name one" });
  const { config, pid, log_file: log, ready } = await client.spinUp(name);
  const socks = await findSocksAddress(openConfigStore(home), config);
  if (json) return say(JSON.stringify({ name: config, state: "running", ready, socks, pid, log }));
  await sayDone(`running ${config}, process ${pid}${ready ? "" : " (it does not accept connections yet)"}`);
  if (socks !== null) say(`socks5  ${socks}`);
  say(`log     ${log}`);
}
