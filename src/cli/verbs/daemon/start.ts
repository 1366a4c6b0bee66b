import { Failure } from "../../../platform/failure.ts";
import { replaceProcess } from "../../../platform/process/replace-process.ts";
import { RUNTIME_OPTIONS } from "../../../platform/process/runtime-options.ts";
import { ownCommand } from "../../../platform/process/self.ts";
import { daemonOptions, findPaths, parsePort, switchOption } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { type DaemonStart, daemonize, serveOptions } from "../../daemon/daemonize.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "start",
  summary: "Start the daemon in the background",
  details: "It waits until the daemon is ready. A daemon that runs already stays as it is.",
  examples: ["wpdaemon start && wpdaemon up us-east"],
  several: true,
  args: {
    foreground: switchOption("Serve in this terminal, until Ctrl-C"),
    ...daemonOptions,
  },
  async run({ args }) {
    const [name] = args._;
    if (name !== undefined) {
      throw new Failure("usage", "start takes no name: it starts the daemon", {
        hint: `bring a tunnel up with: wpdaemon up ${name}`,
      });
    }
    const paths = findPaths(args);
    const { home } = paths;
    const port = args.port === undefined ? undefined : parsePort("--port", args.port);
    if (args.foreground) return serveHere(home, port);
    const outcome = await daemonize(home, port);
    const { address } = (await createControlClient(paths).status()).daemon;
    if (!outcome.started && port !== undefined && port !== 0 && !address.endsWith(`:${port}`)) {
      throw new Failure("already-running", `a daemon of ${home} runs already, on ${address}`, {
        hint: "end it first with: wpdaemon stop",
      });
    }
    if (args.json) return say(JSON.stringify(describeForPrograms(outcome, address)));
    await sayDone(describeStart(outcome, address));
  },
});

/** A daemon that began as a command line would carry that along for its whole life. */
function serveHere(home: string, port: number | undefined): never {
  const [program, ...before] = ownCommand();
  return replaceProcess(program, [program, ...before, "--daemon", ...serveOptions(home, port)], {
    ...RUNTIME_OPTIONS,
    ...process.env,
  });
}

function describeStart({ daemon, started, log }: DaemonStart, address: string): string {
  const { pid, version } = daemon;
  if (!started) return `a daemon is already running: version ${version}, process ${pid}, on ${address}`;
  return `daemon running, process ${pid}, on ${address}, log ${log}`;
}

function describeForPrograms({ daemon, started, log }: DaemonStart, address: string): object {
  const { pid, instanceId, version, state } = daemon;
  return { started, pid, instanceId, version, state, address, log };
}
