import { describeError } from "../../../platform/failure.ts";
import { commonOptions } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { formatTable } from "../../output/table.ts";
import { defineVerb } from "../../verb.ts";
import { type ConfigReport, reportConfig } from "./report.ts";
import { openConfigStore, surroundingsOf } from "./store.ts";

export const verb = defineVerb({
  name: "config list",
  summary: "List the configs, and whether each can be started",
  args: { ...commonOptions },
  async run({ args }) {
    const store = openConfigStore(args.home);
    const surroundings = surroundingsOf(args.home);
    const reports = await Promise.all(
      store.list().map((name) => reportOrRefuse(name, () => reportConfig(store, name, surroundings))),
    );
    if (args.json) {
      return say(JSON.stringify(reports.map(({ name, startable, socks }) => ({ name, startable, socks }))));
    }
    if (reports.length === 0) return say("no configs; add one with: wpdaemon config import FILE");
    say(formatTable(["NAME", "SOCKS5", "STARTS"], reports.map(describeRow)));
  },
});

interface Row extends Pick<ConfigReport, "name" | "startable" | "socks"> {
  readonly reason: string;
}

/** One config that cannot even be read must not hide the others. */
async function reportOrRefuse(name: string, report: () => Promise<ConfigReport>): Promise<Row> {
  try {
    const { startable, socks, findings } = await report();
    const errors = findings.filter((finding) => finding.severity === "error").length;
    return { name, startable, socks, reason: `no, ${errors} ${errors === 1 ? "error" : "errors"}` };
  } catch (error) {
    return { name, startable: false, socks: [], reason: `no, ${describeError(error)}` };
  }
}

function describeRow({ name, startable, socks, reason }: Row): readonly string[] {
  return [name, socks.join(" ") || "-", startable ? "yes" : reason];
}
