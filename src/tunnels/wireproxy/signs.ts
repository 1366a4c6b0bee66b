import type { ChildRecord } from "../driver/child-record.ts";
import { followLog } from "../driver/log-follower.ts";
import type { Counters, Vitals } from "../driver/vitals.ts";
import { createLogReader } from "./log-signs.ts";
import { METRICS_LIMITS, readMetrics } from "./metrics.ts";

/**
 * What a child's log and its own counters tell of its peer.
 * @param isAdopted what stands in the log already was said before our time.
 * @param onBound told once, in a sentence, where more comes than is read.
 */
export function readSigns(record: ChildRecord, isAdopted: boolean, onBound: (text: string) => void = () => undefined) {
  const reader = createLogReader(record.infoPort !== null);
  const log = followLog(record.logFile, isAdopted ? "end" : 0, reader.skip);
  let proven = isAdopted;
  let last: Vitals["signs"] = [];
  let isTooLong = false;

  return {
    /** What is new since the last call. */
    async observe(): Promise<Vitals> {
      const counters = await readCounters();
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

  /** What is too long once is too long each time, and costs as much. */
  async function readCounters(): Promise<Counters | undefined> {
    if (record.infoPort === null || isTooLong) return undefined;
    const counters = await readMetrics(record.infoPort);
    if (counters !== "too long") return counters;
    isTooLong = true;
    onBound(
      `${record.config}: its process tells of its peers in more than ${METRICS_LIMITS.bytes / 1_048_576} MiB, which are not read: it has no traffic in status, and its health comes from its log alone. Fewer AllowedIPs mend that`,
    );
    return undefined;
  }

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
