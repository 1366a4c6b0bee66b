import { findHome } from "../../../platform/files/home.ts";
import { pathsBelow } from "../../../platform/files/paths.ts";
import { homeOption, jsonOption } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { endDaemon, type StopStep } from "../../daemon/end-daemon.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const stop = defineVerb({
  name: "stop",
  description:
    "End the daemon and its tunnels, by force where it hangs; a single tunnel is brought down with: wpdaemon down",
  example: "wpdaemon stop",
  args: { home: homeOption, json: jsonOption },
  async run({ args }) {
    const paths = pathsBelow(findHome(args.home, process.env));
    const { pid, step } = await endDaemon(createControlClient(paths), paths);
    say(args.json ? JSON.stringify({ pid, endedBy: step }) : `daemon stopped, process ${pid}${describeStep(step)}`);
  },
});

function describeStep(step: StopStep): string {
  switch (step) {
    case "request":
      return "";
    case "SIGTERM":
      return ", by SIGTERM: it had not heeded the request";
    case "SIGKILL":
      return ", by SIGKILL: it had heeded nothing else; its tunnels may still run, and the next daemon takes them over";
  }
}
