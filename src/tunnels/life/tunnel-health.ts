import type { EventBus } from "../../events/bus.ts";
import type { Health, Verdict } from "../health/signal.ts";
import type { TunnelState } from "./state-machine.ts";

export interface HealthText {
  readonly health: Health;
  /** One sentence that says why. */
  readonly reason: string;
  /** What a person should do about it; null where there is nothing to do. */
  readonly action: string | null;
}

export interface TunnelHealthParts {
  readonly name: string;
  readonly bus: EventBus;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly state: { readonly current: TunnelState; readonly reason: string };
  /** Of what carries it; undefined while nothing is known. */
  readonly verdict: () => Verdict | undefined;
}

/** How a tunnel fares, in the words of a user: by its state, and while it runs by the verdict on its run. */
export function createTunnelHealth({ name, bus, now, state, verdict }: TunnelHealthParts) {
  let known: HealthText = { health: "idle", reason: "never brought up", action: null };

  return {
    get known() {
      return known;
    },
    /** Its state or its verdict may be another one: a change of the word is an event. */
    update(): void {
      const from: Health = known.health;
      known = describe();
      const { health: to, reason } = known;
      if (to !== from) bus.emit({ type: "tunnel_health", at: now(), tunnel: name, from, to, reason });
    },
  };

  function describe(): HealthText {
    const { current, reason } = state;
    switch (current) {
      case "idle":
      case "stopping":
        return { health: "idle", reason: `not up: ${reason}`, action: null };
      case "starting":
        return { health: "idle", reason: "it is starting", action: null };
      case "recovering":
        return { health: "down", reason: `being brought up again: ${reason}`, action: null };
      case "failed":
        return { health: "down", reason, action: `read its log, mend the cause, then: wpdaemon up ${name}` };
      case "running": {
        const found = verdict();
        if (found === undefined) return { health: "idle", reason: "no traffic yet", action: null };
        return { health: found.health, reason: found.reason, action: found.action };
      }
    }
  }
}
