import type { Sink, Streams } from "../http/streams.ts";
import type { ControlService } from "./service.ts";

/** By an empty line a reader tells a quiet daemon from a dead one, and the daemon a reader that has gone. */
const HEARTBEAT_MS = 15_000;

/**
 * A stream of JSON documents, one a line; the first line is empty and comes at once.
 * @param begin sends them, and gives a function that ends it.
 */
export function streamEvents(
  streams: Streams,
  begin: (sink: Sink) => () => void,
  heartbeatMs = HEARTBEAT_MS,
): Response {
  return streams.open("application/x-ndjson", (sink) => {
    // The head of the answer leaves with its first byte.
    sink.send("\n");
    const heartbeat = setInterval(() => sink.send("\n"), heartbeatMs);
    const end = begin(sink);
    return () => {
      clearInterval(heartbeat);
      end();
    };
  });
}

/** What happens to the daemon from now on, each event in a form of its own. @returns a function that ends it. */
export function sendDaemonEvents(sink: Sink, service: Pick<ControlService, "subscribe">): () => void {
  return service.subscribe((event) => {
    sink.send(`${JSON.stringify({ ...event, at: new Date(event.at).toISOString() })}\n`);
  });
}
