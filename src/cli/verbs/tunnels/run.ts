import { basename } from "node:path";
import { ENVIRONMENT, type Environment } from "../../../platform/environment.ts";
import { Failure } from "../../../platform/failure.ts";
import { replaceProcess } from "../../../platform/process/replace-process.ts";
import { withoutRuntimeOptions } from "../../../platform/process/runtime-options.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { findPaths, homeOption, parsePort, portOption } from "../../arguments.ts";
import { ISOLATION_VARIABLE, parseIsolation } from "../../isolation/isolation.ts";
import { defineVerb } from "../../verb.ts";
import { findCommand } from "./find-command.ts";
import { addressOf, buildProxyVariables, type TunnelProxies } from "./proxy-environment.ts";
import { openTunnelProxies } from "./tunnel-proxies.ts";

const OPTIONS = {
  via: {
    type: "string",
    valueHint: "tunnel",
    description: "Config of the tunnel, with or without .conf",
    required: true,
  },
  isolated: {
    type: "boolean",
    description: "Give the command a network of its own, whose only door is the tunnel (Linux)",
  },
  home: homeOption,
  port: portOption,
} as const;

export const verb = defineVerb({
  name: "run",
  summary: "Run a command behind a tunnel",
  details:
    "The tunnel is brought up first. Exit code and signals are the command's own. Options of run come first; all from the command on belongs to the command. The command is led by HTTP_PROXY and HTTPS_PROXY, which name the tunnel's HTTP proxy, ALL_PROXY, which names its SOCKS5 proxy, and their like. A program that heeds none of them goes out directly, without a word: ssh, ping, Node's fetch before Node 24, undici and ws, most games and VPNs; with --isolated it reaches nothing.",
  examples: [
    "wpdaemon run --via us-east -- curl https://example.com",
    "wpdaemon run --via us-east python3 trade.py -v",
    "wpdaemon run --via us-east --isolated -- ./trade",
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
    const isolation = process.env[ISOLATION_VARIABLE];
    if (isolation !== undefined) return await enterIsolation(isolation, program, args._);
    const paths = findPaths(args);
    const port = args.port === undefined ? undefined : parsePort("-p", args.port);
    const { control, proxies } = await openTunnelProxies(paths, args.via, args.home, port);
    const own = withoutRuntimeOptions(process.env);
    if (args.isolated) return await isolate(proxies, own, args._);
    const environment = { ...own, ...buildProxyVariables(own, proxies) };
    // It only serves people who look at the sessions, so a refusal is ignored.
    await control
      .registerSession(crypto.randomUUID(), { hostPid: process.pid, via: proxies.name, command: basename(program) })
      .catch(() => undefined);
    // With no process of ours left, no Ctrl-C comes twice, no signal is missed, and no memory is used.
    replaceProcess(program, args._, environment);
  },
});

/** The tunnel's ports are on 127.0.0.1 there, wherever they are here. */
async function isolate(proxies: TunnelProxies, environment: Environment, words: readonly string[]): Promise<never> {
  const { runOutside } = await import("../../isolation/run-outside.ts");
  const doors = [proxies.socks, ...(proxies.http === undefined ? [] : [proxies.http])].map(addressOf);
  const [socks, http] = doors.map(({ port }) => `127.0.0.1:${port}`);
  const inside = {
    ...proxies,
    socks: { ...proxies.socks, address: socks ?? "" },
    http: proxies.http && { ...proxies.http, address: http ?? "" },
  };
  const again = ["run", "--via", proxies.name, "--", ...words];
  return await runOutside(doors, again, { ...environment, ...buildProxyVariables(environment, inside) });
}

async function enterIsolation(text: string, program: string, words: readonly string[]): Promise<never> {
  const { runInside } = await import("../../isolation/run-inside.ts");
  const { [ISOLATION_VARIABLE]: _, ...environment } = withoutRuntimeOptions(process.env);
  return await runInside(parseIsolation(text), program, words, environment);
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

const TAKES_VALUE: readonly string[] = ["--via", "--home", "--port", `-${portOption.alias}`];
