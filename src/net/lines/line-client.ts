import { openConversation } from "../conversation.ts";
import type { HostAndPort } from "../host-and-port.ts";

const REPLY_BYTES = 4 * 1024 * 1024;

/**
 * Sends one line to a line server and gives its reply, over a connection of its own.
 * @param milliseconds for the whole exchange.
 * @throws Error `timed out`, `closed early`, or the system's (`ECONNREFUSED`).
 */
export async function askLine(address: HostAndPort, line: string, milliseconds: number): Promise<string> {
  using conversation = await openConversation(address, milliseconds);
  conversation.send(new TextEncoder().encode(`${line}\n`));
  return new TextDecoder().decode(await conversation.takeLine(REPLY_BYTES));
}
