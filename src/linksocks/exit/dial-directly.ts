import { connectStream } from "../../net/byte-stream.ts";
import { checkTarget } from "./check-target.ts";
import { toDialError } from "./describe-dial-failure.ts";
import { DIAL_MS, type Dialer } from "./dialer.ts";

/**
 * Connects to targets from this machine, whose resolver finds the names. Bun tries the addresses of a name side by side,
 * and the first that answers wins.
 */
export function createDirectDialer(): Dialer {
  return {
    async dial(target, listener) {
      checkTarget(target);
      try {
        return await connectStream(target, listener, DIAL_MS);
      } catch (error) {
        throw toDialError(error);
      }
    },
  };
}
