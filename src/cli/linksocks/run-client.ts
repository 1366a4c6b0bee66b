import type { startClient } from "../../linksocks/client/client.ts";
import type { LogLine } from "../../linksocks/options.ts";
import type { ClientRequest } from "./client-options.ts";
import { runRole } from "./run-role.ts";

/**
 * Runs a client, connector or provider until a signal stops it.
 * @param start starts it.
 * @throws Failure what ends it otherwise: a refused token, a lost server without reconnects, a taken port.
 */
export async function runClient(request: ClientRequest, log: LogLine, start: typeof startClient): Promise<void> {
  for (const warning of request.warnings) log("warn", warning);
  const client = await start({
    ...request.options,
    part: "LinkSocks client",
    now: () => performance.now(),
    onChange: () => undefined,
    log,
  });
  const activity = () => {
    const { receivedBytes, sentBytes, connected } = client.status();
    return receivedBytes + sentBytes + connected;
  };
  await runRole({ stop: client.stop, activity }, log, client.ended);
}
