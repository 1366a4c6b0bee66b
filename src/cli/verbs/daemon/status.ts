import { readLastLines } from "../../../api/control/routes/log-tail.ts";
import type { StatusDocument } from "../../../api/control/schemas.ts";
import { readRecordedDaemon } from "../../../daemon/state/recorded-daemon.ts";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { measureMemory } from "../../../platform/memory/measure-memory.ts";
import { daemonOptions, findPaths, switchOption, tunnelArgument } from "../../arguments.ts";
import type { DaemonClient, DaemonState } from "../../daemon/line-client.ts";
import { reachDaemon } from "../../daemon/reach-daemon.ts";
import { say } from "../../output/report.ts";
import { formatStatus } from "../../output/status-text.ts";
import { isTerminal, openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { findSocksAddress } from "../configs/report.ts";
import { openConfigStore } from "../configs/store.ts";

export const verb = defineVerb({
  name: "status",
  summary: "Show the daemon and the health of its tunnels",
  details:
    "With a name, that tunnel alone and the end of its log. Exit code 3 if no daemon runs. --watch shows it anew every second, until q or Ctrl-C.",
  examples: ["wpdaemon status --json | jq -r '.tunnels[] | select(.health != \"healthy\") | .name'"],
  args: {
    name: { ...tunnelArgument, required: false },
    watch: { ...switchOption("Show it anew every second, on a terminal"), alias: "w" },
    ...daemonOptions,
  },
  async run({ args }) {
    if (args.watch) assertWatchable(args);
    const before = measureAtRest(args);
    const reached = await reachDaemon(args);
    if ("line" in reached) {
      if (args.name === undefined) return await sayPredecessor(reached.line, args);
      throw new Failure("usage", "this daemon holds one tunnel at a time", { hint: "leave the name away" });
    }
    const { control } = reached;
    const look = async () => {
      const status = await control.status();
      return args.name === undefined ? status : { ...status, tunnels: [await control.tunnel(args.name)] };
    };
    const document = withMemory(await look(), before);
    if (args.json) return say(JSON.stringify(document));
    const describe = (status: StatusDocument) =>
      [formatStatus(status, Date.now(), openPaint()), ...(args.name === undefined ? [] : readLogEnd(status))].join(
        "\n",
      );
    if (!args.watch) return say(describe(document));
    const { watchScreen } = await import("../../output/watch-screen.ts");
    await watchScreen(describe(document), async () => describe(await look()));
  },
});

/** @throws Failure `usage` where nobody could see it, or end it. */
function assertWatchable({ json }: { readonly json: boolean }): void {
  if (!json && isTerminal("stdin") && isTerminal("stdout")) return;
  throw new Failure("usage", "--watch needs a terminal", {
    hint: "call wpdaemon status --json as often as you need it, or scrape /metrics",
  });
}

/** Lines of a log that are shown below its tunnel. */
const LOG_LINES = 10;

function readLogEnd({ tunnels }: StatusDocument): readonly string[] {
  return tunnels.flatMap(({ log }) => {
    const lines = log === null ? undefined : attemptOr(undefined, () => readLastLines(log, LOG_LINES));
    return log === null || lines === undefined ? [] : ["", log, ...lines];
  });
}

/** To be asked costs an idle daemon more memory than it holds: what it took before is what it takes. */
function measureAtRest(args: { readonly home?: string | undefined }) {
  const pid = attemptOr(undefined, () => readRecordedDaemon(findPaths(args))?.process?.pid);
  return pid === undefined ? undefined : { pid, memory: measureMemory(pid) };
}

function withMemory(status: StatusDocument, before: ReturnType<typeof measureAtRest>): StatusDocument {
  const { daemon } = status;
  if (before?.memory === undefined || before.pid !== daemon.pid) return status;
  return { ...status, daemon: { ...daemon, memory: before.memory } };
}

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
