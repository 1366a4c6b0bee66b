import { whereToLook } from "../../../daemon/parts/program.ts";
import { loadSettings } from "../../../daemon/settings.ts";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { findProgram } from "../../../tunnels/wireproxy/program/find.ts";
import { opensUdpToAll, UDP_EXPOSURE } from "../../../tunnels/wireproxy/program/udp-exposure.ts";
import { commonOptions, findPaths, tunnelArgument } from "../../arguments.ts";
import { say, sayDone, warn } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { reportConfig, sayFindings } from "./report.ts";
import { openConfigStore, surroundingsOf } from "./store.ts";

export const verb = defineVerb({
  name: "config check",
  summary: "Check a config, and show each fault with its line",
  details: "Exit code 1 if it cannot be started.",
  args: {
    name: tunnelArgument,
    ...commonOptions,
  },
  async run({ args }) {
    const report = await reportConfig(openConfigStore(args.home), args.name, surroundingsOf(args.home));
    if (args.json) say(JSON.stringify(report));
    else await sayFindings(report.findings);
    if (!report.startable) throw new Failure("config-invalid", `${report.name} cannot be started`);
    if (args.json) return;
    if (report.socks.length > 0 && opensUdp(args.home)) await warn(`${UDP_EXPOSURE.message} (${UDP_EXPOSURE.hint})`);
    await sayDone(`${report.name} can be started`);
  },
});

/** Of the wireproxy that would be used; where none is found, one is downloaded later. */
function opensUdp(home: string | undefined): boolean {
  return attemptOr(false, () => {
    const paths = findPaths({ home });
    const { wireproxy } = loadSettings(paths, process.env, {});
    const path = findProgram({ ...whereToLook(paths, wireproxy, process.env), machine: process });
    return path !== undefined && opensUdpToAll(path);
  });
}
