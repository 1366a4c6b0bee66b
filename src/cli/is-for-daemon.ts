import { openConversation } from "../net/conversation.ts";
import { ENVIRONMENT } from "../platform/environment.ts";
import { attemptOr } from "../platform/failure.ts";
import { choosePort, findPaths } from "./arguments.ts";
import type { Request } from "./flags.ts";
import { isTerminal } from "./output/terminal.ts";

/** A connection to this machine that takes longer is one to a daemon that hangs. */
const LIMIT_MS = 2_000;

/**
 * Whether a call without any word is to serve: the C++ program did so, and units, nohup lines and containers start it like
 * that. It is where no person is at stdin, and nobody answers on the port.
 * @throws Failure `usage`.
 */
export async function isForDaemon(where: Pick<Request, "port" | "home">): Promise<boolean> {
  if (isTerminal("stdin")) return false;
  return !(await isAnswered(await findPort(where)));
}

/**
 * The port of the line protocol that is meant: the flag's, the environment's, that of the settings, or 23888.
 * @throws Failure `usage`.
 */
export async function findPort(where: Pick<Request, "port" | "home">): Promise<number> {
  const named = choosePort(where.port);
  if (where.port !== undefined || ENVIRONMENT.WPDAEMON_PORT !== undefined) return named;
  const { loadSettings } = await import("../daemon/settings.ts");
  const paths = findPaths(where);
  // What is wrong with the settings, the daemon says.
  return attemptOr(named, () => loadSettings(paths, process.env, {}).line.port);
}

async function isAnswered(port: number): Promise<boolean> {
  if (port === 0) return false;
  try {
    using _ = await openConversation({ host: "127.0.0.1", port }, LIMIT_MS);
    return true;
  } catch (error) {
    return error instanceof Error && error.message === "timed out";
  }
}
