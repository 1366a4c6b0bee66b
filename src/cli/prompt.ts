import { readLastLines } from "../api/control/routes/log-tail.ts";
import { describeError, Failure } from "../platform/failure.ts";
import type { Paths } from "../platform/files/paths.ts";
import { findPaths } from "./arguments.ts";
import { daemonize } from "./daemon/daemonize.ts";
import { createDaemonClient, type DaemonClient } from "./daemon/line-client.ts";
import type { Request } from "./flags.ts";
import { findPort } from "./is-for-daemon.ts";
import { say, sayError } from "./output/report.ts";
import { describeState } from "./verbs/daemon/status.ts";

const PROMPT_HELP = `  status          what the daemon carries
  configs         the configs that can be started
  start <config>  bring a tunnel up
  stop            bring it down
  logs [n]        the last n lines of the audit log (50)
  daemonize       start a daemon in the background
  help            this text
  quit            leave (also exit, or Ctrl-D)`;

/** The interactive prompt, as WpDaemon has it. */
export async function runPrompt(flags: Omit<Request, "mode">): Promise<void> {
  const port = await findPort(flags);
  const paths = findPaths(flags);
  const client = createDaemonClient(port);
  await greet(client);
  process.stdout.write("wpd> ");
  for await (const line of console) {
    const [command = "", ...rest] = line.trim().split(/\s+/);
    if (command === "quit" || command === "exit") return farewell();
    try {
      await execute(command, rest.join(" "), client, paths);
    } catch (error) {
      sayError(describeError(error));
    }
    process.stdout.write("wpd> ");
  }
  say("");
  return farewell();
}

async function greet(client: DaemonClient): Promise<void> {
  try {
    const { version, implementation } = await client.whoami();
    say(`WpDaemon ${version} (${implementation}) answers on 127.0.0.1:${client.port}.`);
    say(describeState(await client.state()));
  } catch (error) {
    say(describeError(error));
  }
  say("Type help for the commands.");
}

function farewell(): void {
  say("Goodbye!");
}

async function execute(command: string, argument: string, client: DaemonClient, paths: Paths): Promise<void> {
  switch (command) {
    case "":
      return;
    case "status":
      return say(describeState(await client.state()));
    case "configs": {
      const configs = await client.configs();
      return say(configs.length === 0 ? "no configs" : configs.join("\n"));
    }
    case "start": {
      if (argument === "") throw new Failure("usage", "start needs a config's name");
      const started = await client.spinUp(argument);
      return say(`running ${started.config}, process ${started.pid}, log ${started.log_file}`);
    }
    case "stop":
      return say(`stopped ${(await client.spinDown()).previous_config}`);
    case "logs":
      return say(lastLines(paths.auditLog, argument));
    case "daemonize":
      return say(await startDaemon(paths.home, client.port));
    case "help":
      return say(PROMPT_HELP);
    default:
      throw new Failure("usage", `Unknown command: ${command}`, { hint: "type help for the commands" });
  }
}

async function startDaemon(home: string, port: number): Promise<string> {
  const { daemon, started, log } = await daemonize(home, port);
  return started
    ? `daemon running, process ${daemon.pid}, log ${log}`
    : `a daemon is already running, process ${daemon.pid}`;
}

function lastLines(path: string, count: string): string {
  if (!/^\d*$/.test(count)) throw new Failure("usage", `logs takes a number of lines, not ${JSON.stringify(count)}`);
  return readLastLines(path, Math.max(1, Number(count || 50)))?.join("\n") ?? `no audit log at ${path}`;
}
