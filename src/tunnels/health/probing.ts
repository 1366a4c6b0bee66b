import { parseHostAndPort } from "../../net/host-and-port.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import type { Health } from "./signal.ts";

/** How often the owner's probe is sent, in milliseconds: seldom while all is well, for it costs traffic. */
const PROBE_EVERY_MS = { well: 30_000, inDoubt: 5_000 } as const;
const PROBE_WITHIN_MS = 5_000;

/**
 * Tries a tunnel as often as its health asks for.
 * @param target what to ask for through it; undefined: nothing.
 */
export function createProbing(target: string | undefined) {
  let probedAt = Number.NEGATIVE_INFINITY;

  return {
    /** The longest pause between two looks, so that a probe is sent in time. */
    longestPauseMs: target === undefined ? Number.POSITIVE_INFINITY : PROBE_EVERY_MS.inDoubt,
    /** @returns null where it is not due, or the tunnel cannot be tried. */
    async probe(running: RunningTunnel, health: Health | undefined): Promise<"ok" | "failed" | null> {
      const socks = running.openSocks === null ? undefined : parseHostAndPort(running.openSocks);
      if (target === undefined || socks === undefined) return null;
      const isWell = health === undefined || health === "healthy" || health === "idle";
      if (performance.now() - probedAt < (isWell ? PROBE_EVERY_MS.well : PROBE_EVERY_MS.inDoubt)) return null;
      probedAt = performance.now();
      const { probeThrough } = await import("./probe.ts");
      return await probeThrough(socks, target, PROBE_WITHIN_MS);
    },
  };
}
