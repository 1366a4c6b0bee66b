// LinkSocks' own command line: a line of it works here with `wpdaemon` before it. pflag's rules apply, and the roles run
// for long, so nothing heavy is imported here.

import { EXIT } from "../../platform/exit-codes.ts";
import { VERSION } from "../../platform/process/self.ts";
import type { Verb } from "../manual.ts";
import { reportFailure, say, warn } from "../output/report.ts";
import { type Flag, type ParsedFlags, parseFlags, toVerbOption } from "../parse-flags.ts";
import type { ClientRole } from "./client-options.ts";
import { CLIENT_FLAGS } from "./flags/client-flags.ts";
import { SERVER_FLAGS } from "./flags/server-flags.ts";

const EXAMPLE_URL = "wss://example.com";

/** The release whose flags and wire we keep to. */
const COMPATIBLE_WITH = "v1.8.9";

export const ROLES = {
  server: defineRole({
    role: "server",
    summary: "Let LinkSocks clients out through this machine",
    details: "With --reverse, they leave through providers instead.",
    examples: [
      "wpdaemon linksocks server --token-file token.txt",
      "wpdaemon linksocks server -r -p 9870",
      "wpdaemon linksocks server -P 443 --tls-cert cert.pem --tls-key key.pem",
    ],
    flags: SERVER_FLAGS,
    run: runServerRole,
  }),
  client: defineRole({
    role: "client",
    summary: "Open a SOCKS5 port that leads out through a server",
    details: "With --reverse, it is a provider.",
    examples: [
      `wpdaemon linksocks client -u ${EXAMPLE_URL} --token-file token.txt`,
      "curl --socks5-hostname 127.0.0.1:9870 https://example.org",
    ],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("client", parsed),
  }),
  connector: defineRole({
    role: "connector",
    summary: "Open a SOCKS5 port that leads out through a provider",
    details: "The token is a connector's.",
    examples: [`wpdaemon linksocks connector -u ${EXAMPLE_URL} --token-file token.txt`],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("connector", parsed),
  }),
  provider: defineRole({
    role: "provider",
    summary: "Be the way out of a server and its connectors",
    examples: [
      `wpdaemon linksocks provider -u ${EXAMPLE_URL} --token-file token.txt`,
      `wpdaemon linksocks provider -u ${EXAMPLE_URL} -x socks5://127.0.0.1:1080`,
    ],
    flags: CLIENT_FLAGS,
    run: (parsed) => runClientRole("provider", parsed),
  }),
  version: defineRole({
    role: "version",
    summary: "Show the LinkSocks release that this one matches",
    examples: ["wpdaemon linksocks version"],
    flags: [],
    async run() {
      const machine = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
      say(`linksocks version ${COMPATIBLE_WITH} ${machine} (wpdaemon ${VERSION}, compatible with it)`);
    },
  }),
} as const;

interface Role {
  readonly role: string;
  readonly summary: string;
  readonly details?: string;
  readonly examples: readonly string[];
  readonly flags: readonly Flag[];
  readonly run: (parsed: ParsedFlags) => Promise<void>;
}

function defineRole({ role, flags, run, ...texts }: Role): Verb {
  const manual = { name: `linksocks ${role}`, ...texts, options: flags.map(toVerbOption) };
  return {
    ...manual,
    async run(words) {
      const parsed = parseFlags(`wpdaemon ${manual.name}`, flags, words);
      if (parsed.asksForHelp) {
        const { explainVerb } = await import("../output/help.ts");
        return say(explainVerb(manual));
      }
      // LinkSocks says nothing of it. It may be a token, so it is not shown.
      if (parsed.further.length > 0) {
        await warn("ignoring a word that belongs to no flag (a switch takes its value behind =: --reverse=false)");
      }
      await run(parsed);
    },
  };
}

// The options are read before the code that a role needs is loaded: a command line that is wrong needs none.

async function runClientRole(role: ClientRole, parsed: ParsedFlags): Promise<void> {
  const { readClientOptions } = await import("./client-options.ts");
  const machine = { environment: process.env, processors: navigator.hardwareConcurrency };
  const request = readClientOptions(role, parsed, machine);
  const { runClient } = await import("./run-role.ts");
  const { openRoleLog } = await import("./role-log.ts");
  const { startClient } = await import("../../linksocks/client/client.ts");
  await endAfter(runClient(request, await openRoleLog(request.verbosity), startClient));
}

async function runServerRole(parsed: ParsedFlags): Promise<void> {
  const { readServerOptions } = await import("./server-options.ts");
  const request = readServerOptions(parsed, process.env);
  const { runServer } = await import("./run-server.ts");
  const { openRoleLog } = await import("./role-log.ts");
  const { startServer } = await import("../../linksocks/server/server.ts");
  await endAfter(runServer(request, await openRoleLog(request.verbosity), say, startServer));
}

/** A role has ended when its run has, whatever else may still be open. */
async function endAfter(running: Promise<void>): Promise<never> {
  return await running.then(
    () => process.exit(EXIT.done),
    async (error) => process.exit(await reportFailure(error)),
  );
}

/** What `wpdaemon linksocks --help` says beside the roles. */
export const NOTES = `LinkSocks carries SOCKS5 connections in WebSockets, so that they pass where
only web traffic does. A LinkSocks command line works with wpdaemon before it.

Leave from the server
  there  wpdaemon linksocks server --token-file token.txt
  here   wpdaemon linksocks client -u ws://example.com:8765 \\
           --token-file token.txt
         curl --socks5-hostname 127.0.0.1:9870 https://example.org

Leave from another machine, which need not be reachable
  server     wpdaemon linksocks server -r
             (prints a token, a connector token and its own SOCKS5 port)
  leaves     wpdaemon linksocks provider -u ws://example.com:8765 \\
               --token-file token.txt
  connects   wpdaemon linksocks connector -u ws://example.com:8765 \\
               --token-file connector.txt

A flag that has an environment variable (LINKSOCKS_TOKEN, LINKSOCKS_URL, ...) is
read from it where it is not given. LINKSOCKS_MODE names the role where the
command line does not: client (or forward), provider (or reverse), connector,
server.

Every user of this machine can see a token on the command line, with ps. They
cannot see the file of --token-file, or LINKSOCKS_TOKEN.

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 failed (token refused, port taken,
server lost with --no-reconnect), 2 called wrongly. A second signal ends it at
once.`;
