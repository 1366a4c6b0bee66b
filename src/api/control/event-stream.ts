import type { ControlService } from "./service.ts";
import type { Streams } from "./streams.ts";

/** By an empty line a reader tells a quiet daemon from a dead one, and the daemon a reader that has gone. */
const HEARTBEAT_MS = 15_000;

/** Everything that happens from now on, one JSON document a line; the first line is empty and comes at once. */
export function streamEvents(
  streams: Streams,
  service: Pick<ControlService, "subscribe">,
  heartbeatMs = HEARTBEAT_MS,
): Response {
  return streams.open("application/x-ndjson", (sink) => {
    // The head of the answer leaves with its first byte.
    sink.send("\n");
    const heartbeat = setInterval(() => sink.send("\n"), heartbeatMs);
    const unsubscribe = service.subscribe((event) => {
      sink.send(`${JSON.stringify({ ...event, at: new Date(event.at).toISOString() })}\n`);
    });
    return () => {
      clearInterval(heartbeat);
      unsubscribe();
    };
  });
}
