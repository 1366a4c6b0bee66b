import { Failure } from "../platform/failure.ts";
import { settlesWithin } from "../platform/waiting.ts";
import type { TunnelManager } from "./manager.ts";
import { createToldIdle } from "./told-idle.ts";
import { alreadyRunning, type Tunnel, type TunnelStatus } from "./tunnel.ts";

/** A client gives every exchange 5 s; what we promise leaves before 4.5. Reference page, section 4.3. */
const ANSWER_WITHIN_MS = 4_400;
/** A start that had not to wait for a stop is reported at the latest after this time, ready or not. */
const START_WITHIN_MS = 3_500;
/** How long a look waits for a stop that is as good as done: most take 3 ms, and no look may take 100. */
const STOP_GRACE_MS = 50;

/**
 * The one tunnel at a time that Argus and the predecessors' users know: what `spin_up`, `spin_down` and `state` mean
 * while it starts and stops. Reference page wireproxy-daemon.md section 4.3.
 */
export interface ArgusSlot {
  /**
   * A request for what runs already is refused, unless it comes from a client that was told a moment ago that nothing
   * runs: that one joins.
   * @throws Failure as `TunnelManager.open` and `Tunnel.start`; `already-running` while another tunnel is in the slot.
   */
  spinUp(name: string): Promise<TunnelStatus>;
  /** @throws Failure as `Tunnel.stop`. */
  spinDown(): Promise<TunnelStatus>;
  /** Undefined while nothing was ever in the slot; it waits for nothing but the last moments of a stop. */
  status(): Promise<TunnelStatus | undefined>;
}

export function createArgusSlot(manager: TunnelManager): ArgusSlot {
  const toldIdle = createToldIdle();
  let current: Tunnel | undefined = manager.list().find((tunnel) => tunnel.status().state !== "idle");

  return {
    async spinUp(name) {
      const wasToldIdle = toldIdle.claim();
      const answerBy = performance.now() + ANSWER_WITHIN_MS;
      if (current?.status().state === "stopping") await settlesWithin(current.stopped(), ANSWER_WITHIN_MS);
      await current?.settle();
      const busy = current?.status().state;
      if (current !== undefined && (busy === "stopping" || (busy === "running" && !wasToldIdle))) {
        throw alreadyRunning(current.config);
      }
      const wanted = manager.open(name);
      if (current !== undefined && busy !== "idle" && current !== wanted) throw alreadyRunning(current.config);
      if (busy === "running") return wanted.status();
      current = wanted;
      const started = await wanted.start(Math.min(answerBy, performance.now() + START_WITHIN_MS));
      toldIdle.renew();
      return started;
    },
    async spinDown() {
      if (current === undefined) throw new Failure("not-running", "WireProxy is not running");
      await current.settle();
      return await current.stop();
    },
    async status() {
      if (current?.status().state === "stopping") await settlesWithin(current.stopped(), STOP_GRACE_MS);
      await current?.settle();
      const status = current?.status();
      if (status === undefined || status.pid === null || status.state === "stopping") toldIdle.remember();
      return status;
    },
  };
}
