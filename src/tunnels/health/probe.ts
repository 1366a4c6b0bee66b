import { connectThroughSocks, type SocksProxy } from "../../net/proxy/socks-client.ts";
import { parseProbeTarget } from "./probe-target.ts";

/** Bytes of the first line of an answer; a status line has a tenth of that. */
const STATUS_LINE_BYTES = 1_024;

/**
 * Tries a tunnel by its SOCKS5 proxy, the name resolved on its far side.
 * @param target `http://host[:port]/path`: any HTTP status is good. `host:port` or `https://host[:port]`: a connection
 * is; nothing is sent on it.
 * @param deadlineMs for all of it. It never throws: whatever goes wrong, unknown targets included, is `failed`.
 */
export async function probeThrough(socks: SocksProxy, target: string, deadlineMs: number): Promise<"ok" | "failed"> {
  const aim = parseProbeTarget(target);
  if (aim === undefined) return "failed";
  try {
    using conversation = await connectThroughSocks(socks, aim, deadlineMs);
    if (aim.request === null) return "ok";
    conversation.send(new TextEncoder().encode(aim.request));
    const status = new TextDecoder().decode(await conversation.takeLine(STATUS_LINE_BYTES));
    return /^HTTP\/\d(?:\.\d)? \d{3}\b/.test(status) ? "ok" : "failed";
  } catch {
    return "failed";
  }
}
