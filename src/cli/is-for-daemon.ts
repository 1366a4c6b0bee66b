import { openConversation } from "../net/conversation.ts";
import { choosePort } from "./arguments.ts";
import type { Request } from "./flags.ts";
import { isTerminal } from "./output/terminal.ts";

/** A connection to this machine that takes longer is one to a daemon that hangs. */
const LIMIT_MS = 2_000;

/**
 * Whether a call without any word is to serve: the C++ program did so, and units, nohup lines and containers start it like
 * that. It is where no person is at stdin, and nobody answers on the port.
 * @throws Failure `usage`.
 */
export async function isForDaemon({ port }: Pick<Request, "port">): Promise<boolean> {
  if (isTerminal("stdin")) return false;
  return !(await isAnswered(choosePort(port)));
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
