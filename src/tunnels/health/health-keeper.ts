import type { RunningTunnel } from "../driver/driver.ts";
import { createProbing } from "./probing.ts";
import type { Remedy } from "./remedy.ts";
import type { Verdict } from "./signal.ts";
import { createTreatment } from "./treatment.ts";
import { type RunWatch, type WatchParts, watchRun } from "./watch-run.ts";

export interface HealthKeeperParts extends Pick<WatchParts, "now" | "isReachable"> {
  /** What the owner wants of the tunnel. */
  readonly policy: {
    readonly recover: boolean;
    readonly failover: readonly string[];
    readonly probe: string | undefined;
  };
  /** There is a new verdict. */
  readonly onVerdict: () => void;
  /** Whether the tunnel may be treated: while it starts or stops, nothing is done to it. */
  readonly mayTreat: () => boolean;
  readonly onRemedy: (remedy: Exclude<Remedy, "wait">, why: string) => void;
}

export type HealthKeeper = ReturnType<typeof createHealthKeeper>;

/** Watches what carries one tunnel, over all its runs, and says what to do where that helps. */
export function createHealthKeeper(parts: HealthKeeperParts) {
  const { policy, now } = parts;
  const probing = createProbing(policy.probe);
  const treatment = createTreatment({ hasFailover: policy.failover.length > 0, now });
  const watchParts = {
    ...parts,
    probing,
    onVerdict: (watch: RunWatch, verdict: Verdict) => void treat(watch, verdict),
  };
  let watch: RunWatch | undefined;

  return {
    /** Of the present run; undefined before its first look, and between two runs. */
    verdict: () => watch?.verdict,
    /** What the present run has carried, or the last one; null before the first look at its counters. */
    counters: () => watch?.counters ?? null,
    /** From now on it is this run that is looked at. */
    follow(running: RunningTunnel): void {
      watch?.stop();
      watch = watchRun(running, watchParts);
    },
    /** The run has ended. */
    leave(): void {
      watch?.stop();
    },
    /** Something about this machine has changed. */
    lookNow(): void {
      treatment.networkChanged();
      watch?.look();
    },
  };

  async function treat(current: RunWatch, verdict: Verdict): Promise<void> {
    parts.onVerdict();
    if (!parts.mayTreat()) return;
    treatment.note(verdict);
    if (!policy.recover) return;
    const remedy = await treatment.choose(current, verdict);
    if (remedy !== "wait") parts.onRemedy(remedy, verdict.reason);
  }
}
