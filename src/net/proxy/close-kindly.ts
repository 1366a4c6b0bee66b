import { startTimer } from "../../platform/timers.ts";
import { type ByteStream, listenTo, NO_LISTENER } from "../byte-stream.ts";

/** How long a client may go on sending after its answer. */
const LINGER_MS = 5_000;

/**
 * Closes a connection whose client may still be sending: what it sends is read and dropped for a while. Closed at once, the
 * system would reset the connection, and the client lose the answer with it; RFC 9112 section 9.6.
 */
export function closeKindly(stream: ByteStream, part: string): void {
  const timer = startTimer(part, LINGER_MS, () => stream.terminate());
  listenTo(stream, {
    ...NO_LISTENER,
    onEnd() {
      clearTimeout(timer);
      stream.end();
    },
    onClose: () => clearTimeout(timer),
  });
  stream.shutdown();
  stream.resume();
}
