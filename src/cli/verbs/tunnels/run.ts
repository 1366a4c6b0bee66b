import { basename } from "node:path";
import type { TunnelEntry } from "../../../api/control/schemas.ts";
import type { ProxyCredentials } from "../../../net/proxy/proxy-request.ts";
import { ENVIRONMENT } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import { replaceProcess } from "../../../platform/process/replace-process.ts";
import { withoutRuntimeOptions } from "../../../platform/process/runtime-options.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { parseIni } from "../../../tunnels/config/dialect/ini.ts";
import { locateFinding } from "../../../tunnels/config/finding.ts";
import { readConfigFile } from "../../../tunnels/config/store/config-file.ts";
import type { ConfigStore } from "../../../tunnels/config/store/store.ts";
import { parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig } from "../../../tunnels/kinds.ts";
import { findPaths, homeOption, parsePort, portOption } from "../../arguments.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { daemonize } from "../../daemon/daemonize.ts";
import { warn } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "../configs/store.ts";
import { upWithProgram } from "./await-program.ts";
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
  details:
    "The tunnel is brought up first. Exit code and signals are the command's own. Options of run come first; all from the command on belongs to the command. The command is led by ALL_PROXY, HTTP_PROXY, HTTPS_PROXY and their like, which name the tunnel's SOCKS5 listener: a program that heeds none of them goes out directly, as Node's fetch does before Node 24. Node 24 knows no SOCKS5 and refuses to start; for a script that brings its own SOCKS agent, run env -u NODE_USE_ENV_PROXY node.",
  examples: [
    "wpdaemon run --via us-east -- curl https://example.com",
    "wpdaemon run --via us-east python3 trade.py -v",
  ],
  several: true,
  arrange(words) {
    const arranged = placeSeparator(words);
    requireTunnel(arranged);
    return arranged;
  },
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
    const tunnel = await upWithProgram(control, args.via);
    const environment = buildProxyEnvironment(withoutRuntimeOptions(process.env), {
      name: tunnel.name,
      socks: socksOf(tunnel),
      credentials: await findCredentials(openConfigStore(args.home), tunnel.name),
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

/**
 * What the tunnel's SOCKS5 listener asks for, by its config: the daemon tells nobody. Undefined where it asks for nothing.
 * @throws Failure `config-invalid` where it cannot be known here, for without it nothing would come through.
 */
async function findCredentials(store: ConfigStore, name: string): Promise<ProxyCredentials | undefined> {
  const file = store.find(name);
  const { text } = readConfigFile(file);
  const surroundings = { environment: process.env, mayBeOpen: true };
  const { listeners, findings } = await parseConfig(text, parseOptions(file, surroundings));
  const socks = listeners.find(({ kind }) => kind === "socks5");
  if (socks === undefined) return undefined;
  const credentials = socks.credentials.reveal();
  // The user name of another listener does not matter.
  const section = parseIni(text, file).find(({ name }) => name.toLowerCase() === "socks5");
  const lines = section?.keys.filter(({ name }) => /^(?:username|password)$/i.test(name)).map(({ line }) => line) ?? [];
  const fault = findings.find((one) => one.severity === "error" && one.file === file && lines.includes(one.line));
  if (fault === undefined) return credentials.username === "" ? undefined : credentials;
  throw new Failure(
    "config-invalid",
    `the user name and password of ${name} cannot be known here: ${locateFinding(fault)}`,
    {
      hint: "set the variable that the config names for this command, too",
    },
  );
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

/** @throws Failure `usage` that shows the call that works, for people write `run ls --via us-east`. */
function requireTunnel(arranged: readonly string[]): void {
  const end = arranged.indexOf("--");
  const own = end === -1 ? arranged : arranged.slice(0, end);
  const command = end === -1 ? [] : arranged.slice(end + 1);
  if (own.some((word) => word === "--via" || word.startsWith("--via=") || word === "--help" || word === "-h")) return;
  const at = command.indexOf("--via");
  const tunnel = at === -1 ? "TUNNEL" : (command[at + 1] ?? "TUNNEL");
  const words = at === -1 ? command : command.filter((_, index) => index !== at && index !== at + 1);
  const call = words.length === 0 ? "COMMAND" : words.map(quoteForShell).join(" ");
  throw new Failure("usage", "run needs --via TUNNEL, before the command", {
    hint: `wpdaemon run --via ${tunnel} -- ${call}`,
  });
}

const TAKES_VALUE: readonly string[] = [...Object.keys(OPTIONS).map((name) => `--${name}`), `-${portOption.alias}`];
