import { commonOptions, findPaths } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { endDaemon, type StopStep } from "../../daemon/end-daemon.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "stop",
  summary: "Stop the daemon and its tunnels",
  details: "A daemon that hangs is ended by force. To stop one tunnel, use wpdaemon down.",
  examples: ["wpdaemon stop"],
  args: { ...commonOptions },
  async run({ args }) {
    const paths = findPaths(args);
    const { pid, step } = await endDaemon(createControlClient(paths), paths);
    if (args.json) return say(JSON.stringify({ pid, endedBy: step }));
    await sayDone(`daemon stopped, process ${pid}${describeStep(step)}`);
  },
});

function describeStep(step: StopStep): string {
  switch (step) {
    case "request":
      return "";
    case "SIGTERM":
      return ", by SIGTERM: it did not answer the request to stop";
    case "SIGKILL":
      return ", by SIGKILL: it reacted to nothing else; its tunnels may still run, and the next daemon takes them over";
  }
}
