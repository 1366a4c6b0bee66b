import { VERSION } from "../../../platform/process/self.ts";
import { commonOptions } from "../../arguments.ts";
import { unlessAbsent } from "../../daemon/absence.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "version",
  summary: "Show the versions of program, daemon and wireproxy",
  examples: ["wpdaemon version --json"],
  args: { ...commonOptions },
  async run({ args }) {
    const status = await unlessAbsent(openControl(args).status());
    const bun = Bun.version;
    const platform = `${process.platform}-${process.arch}`;
    if (args.json) {
      const daemon = status === undefined ? null : { version: status.daemon.version, pid: status.daemon.pid };
      return say(
        JSON.stringify({ version: VERSION, bun, platform, daemon, wireproxy: status?.daemon.program ?? null }),
      );
    }
    say(`wpdaemon ${VERSION} (TypeScript, Bun ${bun}, ${platform})`);
    if (status === undefined) return say("daemon    none runs");
    say(`daemon    ${status.daemon.version}, process ${status.daemon.pid}`);
    say(`wireproxy ${status.daemon.program ?? "none found"}`);
  },
});
