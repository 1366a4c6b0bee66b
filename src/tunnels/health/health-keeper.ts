import { letGo } from "../../platform/containment.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import { createProbing } from "./probing.ts";
import type { Remedy } from "./remedy.ts";
import type { Verdict } from "./signal.ts";
import { type RunWatch, type WatchParts, watchRun } from "./watch-run.ts";

/** How often a peer's name is asked for while it cannot be reached, in milliseconds. */
const NAME_EVERY_MS = 30_000;
const NAME_WITHIN_MS = 5_000;
/** A restart that did not help is not repeated before this time, in milliseconds. */
const CURE_AGAIN_MS = 600_000;

/** What the owner wants done about a tunnel that is not well. */
export interface CarePolicy {
  /** Whether it is brought up again when its process dies or its peer is gone. */
  readonly recover: boolean;
  /** Configs, with suffix, that take over in turn while its own peer is out of reach. */
  readonly failover: readonly string[];
  /** What is asked for through it to see whether it works: `http://host/`, or `host:port`. */
  readonly probe: string | undefined;
}

export interface HealthKeeperParts extends Pick<WatchParts, "part" | "now" | "isReachable"> {
  readonly policy: CarePolicy;
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
  const treatment = createTreatment(policy.failover.length > 0, now);
  const probing = createProbing(policy.probe);
  const watchParts = {
    ...parts,
    probing,
    onVerdict: (watch: RunWatch, verdict: Verdict) => letGo(parts.part, treat(watch, verdict)),
  };
  let watch: RunWatch | undefined;

  return {
    /** Of the present run; undefined before its first look, and between two runs. */
    verdict: () => watch?.verdict,
    /** What the present run has carried, or the last one; null before the first look at its counters. */
    counters: () => watch?.counters ?? null,
    /** How fast; null before the second look at them. */
    rate: () => watch?.rate ?? null,
    /** From now on it is this run that is looked at. */
    follow(running: RunningTunnel): void {
      watch?.stop();
      watch = watchRun(running, watchParts);
    },
    /** The run has ended. */
    leave(): void {
      watch?.stop();
    },
    /** Looks out of turn. */
    look: async () => await watch?.look(),
    /** Something about this machine has changed. */
    lookNow(): void {
      treatment.networkChanged();
      if (watch !== undefined) letGo(parts.part, watch.look());
    },
  };

  async function treat(current: RunWatch, verdict: Verdict): Promise<void> {
    parts.onVerdict();
    if (!parts.mayTreat()) return;
    treatment.note(verdict);
    if (!policy.recover) return;
    const { remedy, why } = await treatment.choose(current, verdict);
    if (remedy !== "wait") parts.onRemedy(remedy, why);
  }
}

/** Chooses what to do about one tunnel that is not well, by what was done before; over all its runs. */
function createTreatment(hasFailover: boolean, now: () => number) {
  let troubleSince: number | undefined;
  let restarted = false;
  let restartedAt = Number.NEGATIVE_INFINITY;
  let networkChangedAt = Number.NEGATIVE_INFINITY;
  let askedNameAt = Number.NEGATIVE_INFINITY;

  return {
    networkChanged(): void {
      networkChangedAt = performance.now();
    },
    /** Takes note of how long the trouble lasts. */
    note({ health, cause }: Verdict): void {
      if (cause !== null) {
        troubleSince ??= performance.now();
        return;
      }
      troubleSince = undefined;
      // A new process that nobody has used yet does not show that the restart helped.
      if (health === "healthy" || performance.now() - restartedAt > CURE_AGAIN_MS) restarted = false;
    },
    /** What to do about the verdict that was noted last; it counts as done. */
    async choose(watch: RunWatch, { health, cause, reason }: Verdict): Promise<{ remedy: Remedy; why: string }> {
      const nothing = { remedy: "wait", why: reason } as const;
      if (cause === null) return nothing;
      // Its name is asked for only where the answer can matter.
      const moved = health === "down" && (await hasMoved(watch));
      // Meanwhile it may have ended, or be well again.
      if (watch.isOver || troubleSince === undefined) return nothing;
      const time = performance.now();
      const handshakeAt = watch.counters?.handshakeAt ?? null;
      const trouble = {
        health,
        lasting: time - troubleSince,
        sinceNetworkChange: time - networkChangedAt,
        handshakeAge: handshakeAt === null ? null : now() - handshakeAt,
        restarted,
        moved,
        hasFailover,
      };
      const remedy = cause.remedy(trouble);
      if (remedy === "wait") return nothing;
      const isForMove = moved && cause.remedy({ ...trouble, moved: false }) !== remedy;
      restarted = true;
      restartedAt = time;
      if (remedy === "failover") troubleSince = undefined;
      return { remedy, why: isForMove ? `${reason}, and its name stands for another address by now` : reason };
    },
  };

  async function hasMoved({ running, counters }: RunWatch): Promise<boolean> {
    if (counters === null || performance.now() - askedNameAt < NAME_EVERY_MS) return false;
    askedNameAt = performance.now();
    const answer = running.hasMoved(counters).catch(() => false);
    return (await settlesWithin(answer, NAME_WITHIN_MS)) && (await answer);
  }
}
