import { restartIfHung, waitForIt } from "../remedy.ts";
import { type Cause, judgeBad, type Signal } from "../signal.ts";

export const DEAD: Cause = { action: "start it again; the end of its log says why it ended", remedy: waitForIt };
export const NOT_ACCEPTING: Cause = {
  action: "restart it if this lasts; its log says what it waits for",
  remedy: restartIfHung,
};

/** Whether what carries the tunnel lives, and accepts. */
export function trackProcess(): Signal {
  return {
    judge({ alive, accepting }) {
      if (!alive) return judgeBad("down", DEAD, "its process has ended");
      return accepting ? undefined : judgeBad("down", NOT_ACCEPTING, "its SOCKS port does not accept");
    },
  };
}
