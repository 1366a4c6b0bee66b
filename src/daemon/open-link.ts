import type { OpenLink } from "../tunnels/linksocks/link.ts";

/** The first delay before a new attempt to reach a server, in milliseconds; reference page linksocks.md section 9. */
const RECONNECT_DELAY_MS = 1_000;

/** A feed that waits for its way out must not wait for the ten minutes of LinkSocks after the server is back. */
const LONGEST_RECONNECT_DELAY_MS = 30_000;

/** Hands the tunnels the LinkSocks client, which is loaded when the first of them starts. */
export const openLink: OpenLink = async (request) => {
  const { startClient } = await import("../linksocks/client/client.ts");
  return await startClient({
    ...request,
    // Whoever connects before the server is reached waits for it; the port is the tunnel's from its first moment.
    socksWithoutWaiting: true,
    reconnects: true,
    retriesAuthentication: false,
    reconnectDelayMs: RECONNECT_DELAY_MS,
    longestReconnectDelayMs: LONGEST_RECONNECT_DELAY_MS,
    now: () => performance.now(),
  });
};
