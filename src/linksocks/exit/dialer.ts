import type { ByteStream, StreamListener } from "../../net/byte-stream.ts";
import type { Endpoint } from "../codec/message.ts";

/** How the exit side reaches TCP targets: directly, or through an upstream proxy. */
export interface Dialer {
  /**
   * Connects to `target`. `listener` hears of everything after that; what came in one piece with a proxy's answer is heard
   * in the next turn of the event loop.
   * @throws DialError within 10 s.
   */
  dial(target: Endpoint, listener: StreamListener): Promise<ByteStream>;
}

/** For name resolution, connecting and an upstream's handshake together; section 4.5. */
export const DIAL_MS = 10_000;

/** A target that cannot be reached. Its message goes over the wire, so it is short and names no secret. */
export class DialError extends Error {}
