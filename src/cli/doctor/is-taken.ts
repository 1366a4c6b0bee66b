import { openConversation } from "../../net/conversation.ts";
import { systemCode } from "../../platform/failure.ts";

const ANSWER_MS = 1_000;

/**
 * Whether somebody listens on a port of the loopback interface. Asked for by a client, for to try to listen there would keep
 * a daemon out that starts this moment.
 */
export async function isTaken(port: number): Promise<boolean> {
  if (port === 0) return false;
  try {
    (await openConversation({ host: "127.0.0.1", port }, ANSWER_MS)).close();
    return true;
  } catch (error) {
    return systemCode(error) !== "ECONNREFUSED";
  }
}
