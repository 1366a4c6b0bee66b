import type { ChildRecord } from "../driver/child-record.ts";
import { followLog } from "../driver/log-follower.ts";
import type { Vitals } from "../driver/vitals.ts";
import { createLogReader } from "./log-signs.ts";
import { readMetrics } from "./metrics.ts";

/**
 * What a child's log and its own counters tell of its peer.
 * @param isAdopted what stands in the log already was said before our time.
 */
export function readSigns(record: ChildRecord, isAdopted: boolean) {
  const reader = createLogReader(record.infoPort !== null);
  const log = followLog(record.logFile, isAdopted ? "end" : 0, reader.skip);
  let proven = isAdopted;
  let last: Vitals["signs"] = [];

  return {
    /** What is new since the last call. */
    async observe(): Promise<Vitals> {
      const counters = record.infoPort === null ? undefined : await readMetrics(record.infoPort);
      if (counters !== undefined && counters.handshakeAt !== null) proven = true;
      const signs = [...last, ...readNew()];
      last = [];
      // Where the peer is known by its counters, no word makes it alive.
      const told = counters === undefined ? signs : signs.filter(({ sign }) => sign !== "answered" && sign !== "heard");
      return { signs: told, counters: counters ?? null };
    },
    /** Whether its peer has ever answered; reads the log to its end. */
    isProven(): boolean {
      last = [...last, ...readNew()];
      return proven;
    },
    close: () => log.close(),
  };

  function readNew(): Vitals["signs"] {
    const at = performance.now();
    const signs = log.read().flatMap((line) => {
      const found = reader.readSign(line);
      return found === undefined ? [] : [{ ...found, at }];
    });
    if (signs.some(({ sign }) => sign === "answered")) proven = true;
    return signs;
  }
}
