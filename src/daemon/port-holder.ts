import { askLine } from "../net/lines/line-client.ts";
import { findHolder } from "../platform/network/listeners.ts";

/** How long the holder gets to say who it is. */
const ANSWER_MS = 1_000;

/** Who holds our port, in words for an error message: one of the predecessors, one of us, or something else. */
export async function identifyPortHolder(port: number): Promise<string> {
  const holder = findHolder({ transport: "tcp", host: "127.0.0.1", port });
  const who = holder === undefined ? "" : ` (process ${holder.pid}, ${holder.name})`;
  return `${await askWho(port)}${who}`;
}

/** The daemons differ in their answer to `whoami:`, and Argus' has none. */
async function askWho(port: number): Promise<string> {
  const reply = await askLine({ host: "127.0.0.1", port }, "whoami:", ANSWER_MS).catch(() => "");
  if (reply.includes("Unknown command: whoami")) return "Argus' Python daemon";
  const implementation = /"implementation":\s*"([\w+ ]{1,20})"/.exec(reply)?.[1];
  if (implementation === "C++") return "the C++ WpDaemon";
  return implementation === undefined ? "another program" : "another wpdaemon";
}
