import type { EventBus } from "../../events/bus.ts";
import type { IdleTrim } from "../../platform/memory/memory-trim.ts";
import type { Part } from "../part.ts";

/**
 * Gives memory back whenever nothing was asked of the daemon for a while.
 * @param onRest has others give back theirs first.
 */
export function createMemoryPart(bus: EventBus, onRest: () => void) {
  let trim: IdleTrim | undefined;
  const load = () => import("../../platform/memory/memory-trim.ts");

  return {
    name: "memory",
    load,
    async open() {
      const { startIdleTrim } = await load();
      trim = startIdleTrim({ onRest });
      // Whoever writes an event down, or sends it, leaves something behind.
      bus.subscribe(touch);
    },
    stop: () => trim?.stop(),
    /** Something was asked of the daemon. */
    touch,
    /** The daemon itself has looked at something. */
    afterLook: () => trim?.afterLook(),
  } satisfies Part & Record<string, unknown>;

  function touch(): void {
    trim?.touch();
  }
}
