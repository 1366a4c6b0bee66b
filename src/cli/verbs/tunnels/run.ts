import { basename } from "node:path";
import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { ENVIRONMENT } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import { replaceProcess } from "../../../platform/process/replace-process.ts";
import { withoutRuntimeOptions } from "../../../platform/process/runtime-options.ts";
import { findPaths, homeOption, parsePort, portOption } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { daemonize } from "../../daemon/daemonize.ts";
import { warn } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { findCommand } from "./find-command.ts";
import { buildProxyEnvironment } from "./proxy-environment.ts";

const OPTIONS = {
  via: {
    type: "string",
    valueHint: "tunnel",
    description: "Config of the tunnel, with or without .conf",
    required: true,
  },
  home: homeOption,
  port: portOption,
} as const;

export const verb = defineVerb({
  name: "run",
  summary: "Run a command behind a tunnel",
  details: "The tunnel is brought up first. Exit code and signals are the command's own.",
  examples: ["wpdaemon run --via us-east -- curl https://example.com"],
  several: true,
  arrange: placeSeparator,
  args: {
    command: { type: "positional", valueHint: "command", description: "The command and its words", required: true },
    ...OPTIONS,
  },
  async run({ args }) {
    const program = findCommand(args.command, ENVIRONMENT.PATH ?? "/usr/bin:/bin");
    const paths = findPaths(args);
    const port = args.port === undefined ? undefined : parsePort("-p", args.port);
    const { daemon, started } = await daemonize(paths.home, port);
    if (started) await warn(`started a daemon, process ${daemon.pid}`);
    const control = createControlClient(paths);
    const tunnel = await control.up(args.via);
    const environment = buildProxyEnvironment(withoutRuntimeOptions(process.env), {
      ...tunnel,
      socks: socksOf(tunnel),
    });
    // It only serves people who look at the sessions, so a refusal is ignored.
    await control
      .registerSession(crypto.randomUUID(), { hostPid: process.pid, via: tunnel.name, command: basename(program) })
      .catch(() => undefined);
    // With no process of ours left, no Ctrl-C comes twice, no signal is missed, and no memory is used.
    replaceProcess(program, args._, environment);
  },
});

function socksOf({ name, socks }: TunnelEntry): string {
  if (socks !== null) return socks;
  throw new Failure("config-invalid", `${name} has no SOCKS5 listener that a command could use`, {
    hint: "add a [Socks5] section with BindAddress = 127.0.0.1:25344 to its config",
  });
}

/** The command begins after `--`, or with the first word that is neither an option of ours nor its value. */
export function placeSeparator(words: readonly string[]): readonly string[] {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") return words;
    if (!word.startsWith("-")) return [...words.slice(0, index), "--", ...words.slice(index)];
    if (TAKES_VALUE.includes(word)) index++;
  }
  return words;
}

const TAKES_VALUE: readonly string[] = [...Object.keys(OPTIONS).map((name) => `--${name}`), `-${portOption.alias}`];
