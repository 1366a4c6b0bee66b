import { findPaths, homeOption, jsonOption, parsePort, portOption, tunnelArgument } from "../../arguments.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { buildProxyVariables } from "./proxy-environment.ts";
import { openTunnelProxies } from "./tunnel-proxies.ts";

export const verb = defineVerb({
  name: "env",
  summary: "Print the variables that lead programs through a tunnel",
  details:
    "For a shell to take over: what is started from it then goes through the tunnel, which is brought up first. NO_PROXY keeps what it has. A password of the tunnel's proxy is printed, too.",
  examples: [
    'eval "$(wpdaemon env us-east)"',
    "wpdaemon env us-east --shell fish | source",
    "wpdaemon env us-east --json",
  ],
  args: {
    name: tunnelArgument,
    shell: { type: "enum", options: ["bash", "fish"], description: "How to write them", default: "bash" },
    home: homeOption,
    port: portOption,
    json: jsonOption,
  },
  async run({ args }) {
    const port = args.port === undefined ? undefined : parsePort("-p", args.port);
    const { proxies } = await openTunnelProxies(findPaths(args), args.name, args.home, port);
    const variables = buildProxyVariables(process.env, proxies);
    say(args.json ? JSON.stringify(variables) : writeVariables(variables, args.shell));
  },
});

/** A line for each, which the shell takes over as it stands. */
export function writeVariables(variables: Readonly<Record<string, string>>, shell: "bash" | "fish"): string {
  const lines = Object.entries(variables).map(([name, value]) =>
    shell === "bash"
      ? `export ${name}='${value.replaceAll("'", "'\\''")}'`
      : `set -gx ${name} '${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
  );
  return lines.join("\n");
}
