import { Failure } from "../../../platform/failure.ts";
import { daemonOptions, tunnelArgument } from "../../arguments.ts";
import type { DaemonClient, DaemonState } from "../../daemon/line-client.ts";
import { reachDaemon } from "../../daemon/reach-daemon.ts";
import { say } from "../../output/report.ts";
import { formatStatus } from "../../output/status-text.ts";
import { openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { findSocksAddress } from "../configs/report.ts";
import { openConfigStore } from "../configs/store.ts";

export const verb = defineVerb({
  name: "status",
  summary: "Show the daemon and the health of its tunnels",
  details: "Exit code 3 if no daemon runs.",
  examples: ["wpdaemon status --json | jq -r '.tunnels[] | select(.health != \"healthy\") | .name'"],
  args: {
    name: { ...tunnelArgument, required: false },
    ...daemonOptions,
  },
  async run({ args }) {
    const reached = await reachDaemon(args);
    if ("line" in reached) {
      if (args.name === undefined) return await sayPredecessor(reached.line, args);
      throw new Failure("usage", "this daemon holds one tunnel at a time", { hint: "leave the name away" });
    }
    const { control } = reached;
    const status = await control.status();
    const document = args.name === undefined ? status : { ...status, tunnels: [await control.tunnel(args.name)] };
    if (args.json) return say(JSON.stringify(document));
    say(formatStatus(document, Date.now(), openPaint()));
  },
});

/** The line protocol shows one tunnel, and not its health. */
async function sayPredecessor(
  client: DaemonClient,
  { home, json }: { home?: string | undefined; json: boolean },
): Promise<void> {
  const [identity, state] = await Promise.all([client.whoami(), client.state()]);
  const address = `127.0.0.1:${client.port}`;
  const socks = state.config === null ? null : await findSocksAddress(openConfigStore(home), state.config);
  if (json) {
    const { config: name, pid, log_file: log, ready } = state;
    const tunnels = state.running ? [{ name, state: "running", ready, socks, pid, log }] : [];
    return say(JSON.stringify({ daemon: { ...identity, address }, tunnels }));
  }
  say(`daemon  ${identity.version} (${identity.implementation}) on ${address}`);
  say(`tunnel  ${describeState(state)}`);
  if (socks !== null) say(`socks5  ${socks}`);
}

/** One line about what is up. */
export function describeState({ running, config, pid, log_file: log, ready }: DaemonState): string {
  if (running) return `${config} running, process ${pid}${ready ? "" : ", not accepting yet"}, log ${log}`;
  return log === null ? "none" : `none; the last one's log is ${log}`;
}
