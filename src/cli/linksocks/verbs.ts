// LinkSocks' own command line, of which a line works here when `wpdaemon` is put before it; reference page linksocks.md
// section 7. These verbs are read by pflag's rules and their roles run for long, so nothing heavy is imported here.

import { VERSION } from "../../platform/process/self.ts";
import { EXIT, reportFailure, say, sayError } from "../output/report.ts";
import type { Verb } from "../verb.ts";
import type { ClientRole } from "./client-options.ts";
import { CLIENT_FLAGS } from "./flags/client-flags.ts";
import { type Flag, toVerbOption } from "./flags/flag.ts";
import { type ParsedFlags, parseFlags } from "./flags/parse-flags.ts";
import { SERVER_FLAGS } from "./flags/server-flags.ts";

const EXAMPLE_URL = "wss://example.com";

/** The release whose flags and wire we keep to. */
const COMPATIBLE_WITH = "v1.8.9";

export const LINKSOCKS_VERBS: readonly Verb[] = [
  defineRole({
    role: "server",
    description: "Let LinkSocks clients out through this machine, or with --reverse through providers",
    examples: [
      "wpdaemon linksocks server --token-file token.txt",
      "wpdaemon linksocks server -r -p 9870",
      "wpdaemon linksocks server -P 443 --tls-cert cert.pem --tls-key key.pem",
    ],
    flags: SERVER_FLAGS,
    run: runServerRole,
  }),
  defineRole({
    role: "client",
    description: "Open a SOCKS5 port whose way out is a LinkSocks server, or with --reverse be a provider",
    examples: [
      `wpdaemon linksocks client -u ${EXAMPLE_URL} --token-file token.txt`,
      "curl --socks5-hostname 127.0.0.1:9870 https://example.org",
    ],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("client", parsed),
  }),
  defineRole({
    role: "connector",
    description: "Open a SOCKS5 port whose way out is a provider at a LinkSocks server; the token is a connector's",
    examples: [`wpdaemon linksocks connector -u ${EXAMPLE_URL} --token-file token.txt`],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("connector", parsed),
  }),
  defineRole({
    role: "provider",
    description: "Be the way out of a LinkSocks server's SOCKS5 port and of its connectors",
    examples: [
      `wpdaemon linksocks provider -u ${EXAMPLE_URL} --token-file token.txt`,
      `wpdaemon linksocks provider -u ${EXAMPLE_URL} -x socks5://127.0.0.1:1080`,
    ],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("provider", parsed),
  }),
  defineRole({
    role: "version",
    description: "The release of LinkSocks that this program is compatible with",
    examples: ["wpdaemon linksocks version"],
    flags: [],
    async run() {
      const machine = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
      say(`linksocks version ${COMPATIBLE_WITH} ${machine} (wpdaemon ${VERSION}, compatible with it)`);
    },
  }),
];

interface Role {
  readonly role: string;
  readonly description: string;
  readonly examples: readonly [string, ...string[]];
  readonly flags: readonly Flag[];
  readonly run: (parsed: ParsedFlags) => Promise<void>;
}

function defineRole({ role, description, examples, flags, run }: Role): Verb {
  const name = `linksocks ${role}`;
  const usage = async () => {
    const { writeUsage } = await import("./flags/usage.ts");
    return writeUsage({ name, description, flags, examples });
  };
  return {
    name,
    description,
    example: examples[0],
    several: false,
    options: flags.map(toVerbOption),
    arrange: (words) => words,
    usage,
    async run(words) {
      const parsed = parseFlags(name, flags, words);
      if (parsed.asksForHelp) return say(await usage());
      // As LinkSocks, which says nothing of it. It may be a token, so it is not shown.
      if (parsed.further.length > 0) {
        sayError(
          "wpdaemon: ignoring a word that belongs to no flag (a switch takes its value behind =: --reverse=false)",
        );
      }
      await run(parsed);
    },
  };
}

// The options are read before the rooms that a role needs are loaded: a command line that is wrong needs none.

async function runClientRole(role: ClientRole, parsed: ParsedFlags): Promise<void> {
  const { readClientOptions } = await import("./client-options.ts");
  const machine = { environment: process.env, processors: navigator.hardwareConcurrency };
  const request = readClientOptions(role, parsed, machine);
  const { runClient } = await import("./run-client.ts");
  const { createRoleLog } = await import("./log.ts");
  const { startClient } = await import("../../linksocks/client/client.ts");
  await endAfter(runClient(request, createRoleLog(request.verbosity), startClient));
}

async function runServerRole(parsed: ParsedFlags): Promise<void> {
  const { readServerOptions } = await import("./server-options.ts");
  const request = readServerOptions(parsed, process.env);
  const { runServer } = await import("./run-server.ts");
  const { createRoleLog } = await import("./log.ts");
  const { startServer } = await import("../../linksocks/server/server.ts");
  await endAfter(runServer(request, createRoleLog(request.verbosity), say, startServer));
}

/** A role has ended when its run has, whatever else may still be open. */
async function endAfter(running: Promise<void>): Promise<never> {
  return await running.then(
    () => process.exit(EXIT.done),
    (error) => process.exit(reportFailure(error)),
  );
}
