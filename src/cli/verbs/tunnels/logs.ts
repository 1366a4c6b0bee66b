import { basename } from "node:path";
import { readLastLines } from "../../../api/control/routes/log-tail.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import { listSessionLogs } from "../../../tunnels/driver/session-log.ts";
import { findPaths, homeOption, parseWhole } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "logs",
  summary: "Show the log of a tunnel, the daemon, or all requests",
  details: "It works without a daemon, too.",
  examples: ["wpdaemon logs us-east --follow"],
  args: {
    name: {
      type: "positional",
      valueHint: "log",
      description: "Config, audit or daemon; the audit log otherwise",
      required: false,
    },
    follow: {
      type: "boolean",
      alias: "f",
      description: "Go on with new lines; needs a running daemon",
      default: false,
    },
    lines: { type: "string", alias: "n", valueHint: "number", description: "How many lines", default: "50" },
    home: homeOption,
  },
  async run({ args }) {
    const name = tunnelNameOf(basename(args.name ?? "audit"));
    const lines = parseWhole("--lines", args.lines, "-n 50");
    const paths = findPaths(args);
    if (args.follow) {
      for await (const line of await createControlClient(paths).followLog(name, lines)) say(line);
      return;
    }
    const path = findLog(paths, name);
    const last = path === undefined ? undefined : readLastLines(path, lines);
    if (last === undefined) {
      throw new Failure("file-unusable", `there is no log of ${name} below ${paths.home}`, {
        hint: "name a config that was brought up once, audit, or daemon; wpdaemon list shows the configs",
      });
    }
    if (last.length > 0) say(last.join("\n"));
  },
});

/** The file of a log, the newest run's for a tunnel. */
export function findLog({ logs: folder, auditLog, log }: Paths, name: string): string | undefined {
  if (name === "audit") return auditLog;
  if (name === "daemon") return log;
  const runs = listSessionLogs(folder).map((session) => ({ ...session, number: numberOfRun(session.run, name) }));
  return runs
    .filter(({ number }) => number > 0)
    .sort((one, other) => other.seconds - one.seconds || other.number - one.number)[0]?.path;
}

/** 1 for `us-east`, 2 for `us-east-2`; 0 for the run of another tunnel. */
function numberOfRun(run: string, name: string): number {
  if (run === name) return 1;
  return run.startsWith(name) ? Number(/^-(\d+)$/.exec(run.slice(name.length))?.[1] ?? 0) : 0;
}
