import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { escapeControls } from "../../../platform/plain-text.ts";
import { pause } from "../../../platform/waiting.ts";
import { daemonOptions, tunnelArgument } from "../../arguments.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import type { DaemonClient } from "../../daemon/line-client.ts";
import { reachDaemon } from "../../daemon/reach-daemon.ts";
import { say, sayDone, warn } from "../../output/report.ts";
import { formatTunnel } from "../../output/status-text.ts";
import { openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { findSocksAddress } from "../configs/report.ts";
import { openConfigStore } from "../configs/store.ts";
import { upWithProgram } from "./await-program.ts";
import { forEachTunnel } from "./for-each-tunnel.ts";

export const verb = defineVerb({
  name: "up",
  summary: "Bring tunnels up and wait until their peers have answered",
  details: "One that is up already stays as it is. Exit code 1 if a peer does not answer; its tunnel goes on trying.",
  examples: ["wpdaemon up us-east && curl --socks5-hostname 127.0.0.1:25344 https://example.com"],
  several: true,
  args: {
    name: tunnelArgument,
    wait: { type: "boolean", default: true, description: "Wait for the peers", negativeDescription: "Do not wait" },
    ...daemonOptions,
  },
  async run({ args }) {
    const reached = await reachDaemon(args);
    if ("line" in reached) return await upOnPredecessor(reached.line, args._, args);
    const { control } = reached;
    const bringUp = (name: string) => (args.wait ? bringUpProven(control, name) : upWithProgram(control, name));
    await forEachTunnel(args._, bringUp, { json: args.json, sayDone: sayTunnel });
  },
});

/** Nobody wonders for so long, in milliseconds. */
const SILENT_FOR_MS = 1_000;

async function bringUpProven(control: ControlClient, name: string): Promise<TunnelEntry> {
  const over = new AbortController();
  void tellProgress(control, name, over.signal);
  try {
    await upWithProgram(control, name);
    return await control.prove(name);
  } finally {
    over.abort();
  }
}

/** Says what is waited for, and says it again when that is another thing. */
async function tellProgress(control: ControlClient, name: string, over: AbortSignal): Promise<void> {
  for (let told: string | undefined; ; ) {
    await pause(SILENT_FOR_MS, over);
    if (over.aborted) return;
    const tunnel = await control.tunnel(name).catch(() => undefined);
    // Before it starts, a download is waited for, which shows how far it is.
    if (tunnel === undefined || tunnel.state === "idle" || over.aborted) continue;
    // A count in it goes on.
    const reason = tunnel.reason.replace(/\d+/g, "");
    if (reason !== told) await warn(`waiting for ${name}: ${escapeControls(tunnel.reason)}`);
    told = reason;
  }
}

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
