import type { LogLine } from "../../linksocks/options.ts";
import type { startServer } from "../../linksocks/server/server.ts";
import { type Token, TokenError, type TokenRegistry } from "../../linksocks/server/token-registry.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { Failure } from "../../platform/failure.ts";
import { runRole } from "./run-role.ts";
import type { ServerRequest, TokenPlan } from "./server-options.ts";

/**
 * Runs a server with its first tokens until a signal stops it.
 * @param say takes the lines that say how to reach it: mode, tokens, SOCKS5 port; never a token that the user gave.
 * @param start starts it.
 * @throws Failure `start-failed` for a token that cannot be had, and what `start` throws.
 */
export async function runServer(
  { options, tokens, warnings }: ServerRequest,
  log: LogLine,
  say: (line: string) => void,
  start: typeof startServer,
): Promise<void> {
  for (const warning of warnings) log("warn", warning);
  const server = await start({ ...options, now: () => performance.now(), log });
  try {
    const lines = createTokens(server.tokens, tokens, options.socksHost);
    const scheme = options.tls === undefined ? "ws" : "wss";
    const address = formatHostAndPort({ host: options.host, port: server.port });
    say(`LinkSocks server, ${MODES[tokens.kind]}, on ${scheme}://${address}`);
    for (const [name, value] of lines) say(`  ${name.padEnd(16)} ${value}`);
  } catch (error) {
    await server.stop();
    throw error;
  }
  await runRole(server, log);
}

const MODES: Readonly<Record<TokenPlan["kind"], string>> = {
  none: "tokens by its API",
  forward: "forward mode",
  reverse: "reverse mode",
};

/** @returns names and values for the user to read. */
function createTokens(
  registry: TokenRegistry,
  plan: TokenPlan,
  socksHost: string,
): readonly (readonly [string, string])[] {
  try {
    if (plan.kind === "none") return [];
    if (plan.kind === "forward") return [["token", show(plan.token, registry.addForward(plan.token))]];
    const token = registry.addReverse(plan);
    const first = ["token", show(plan.token, token)] as const;
    if (plan.autonomy) return [first, ["connector token", "(the providers register them)"]];
    const connector = registry.addConnector(plan.connectorToken, token.text);
    return [
      first,
      ["SOCKS5", formatHostAndPort({ host: socksHost, port: token.port })],
      ["connector token", show(plan.connectorToken, connector)],
    ];
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new Failure("start-failed", error.message, { hint: "give another token or port", cause: error });
  }
}

/** A token that was made here must be shown; one that was given must not. */
function show(given: string, token: Token): string {
  return given === "" ? token.text : "(as given)";
}
