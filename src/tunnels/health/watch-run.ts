import { parseHostAndPort } from "../../net/host-and-port.ts";
import { letGo } from "../../platform/containment.ts";
import { startTimer } from "../../platform/timers.ts";
import type { RunningTunnel } from "../driver/driver.ts";
import type { Counters } from "../driver/vitals.ts";
import type { createProbing } from "./probing.ts";
import type { Verdict } from "./signal.ts";
import { createWeigher } from "./weigh.ts";

/** Looks without an answer of the process's own counters, after which it counts as hanging. */
const MISSES = 3;

export interface WatchParts {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly probing: ReturnType<typeof createProbing>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether this machine has a route to an IP address. */
  readonly isReachable: (host: string, port: number) => boolean;
  readonly onVerdict: (watch: RunWatch, verdict: Verdict) => void;
}

/** Bytes per second on the outside. */
export interface TrafficRate {
  readonly sent: number;
  readonly received: number;
}

/** Counters that have begun anew tell no rate. */
function measureRate(before: Counters, now: Counters, milliseconds: number): TrafficRate | null {
  const [sent, received] = [now.sent - before.sent, now.received - before.received];
  if (sent < 0 || received < 0 || milliseconds <= 0) return null;
  return { sent: Math.round((1_000 * sent) / milliseconds), received: Math.round((1_000 * received) / milliseconds) };
}

export type RunWatch = ReturnType<typeof watchRun>;

/** Looks at one running tunnel, as often as its state asks for, from its launch until it is told to stop. */
export function watchRun(running: RunningTunnel, { part, probing, now, isReachable, onVerdict }: WatchParts) {
  const weigher = createWeigher(now);
  let verdict: Verdict | undefined;
  let counters: Counters | null = null;
  let rate: TrafficRate | null = null;
  let countedAt = 0;
  let isReady = false;
  let isOver = false;
  let isLooking = false;
  /** Something has happened during the present look. */
  let hasNews = false;
  let misses = 0;
  let answeredOnce = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const watch = {
    running,
    look: lookOnce,
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
    /** Undefined before the first look, and once it is stopped. */
    get verdict() {
      return isOver ? undefined : verdict;
    },
    /** Null before they were first read. */
    get counters() {
      return counters;
    },
    /** Between the last two looks at the counters; null before the second. */
    get rate() {
      return rate;
    },
    get isOver() {
      return isOver;
    },
  };
  const noteReady = running.ready.then(() => {
    isReady = true;
    look();
  });
  letGo(part, noteReady);
  running.onNews(look);
  arm(weigher.nextLookMs());
  return watch;

  function arm(milliseconds: number): void {
    clearTimeout(timer);
    // All tunnels look on one grid of time, so that several wake the machine as often as one does.
    timer = startTimer(part, milliseconds - (performance.now() % milliseconds), look);
    timer.unref();
  }

  /** A look that fails is made again. */
  function look(): void {
    letGo(part, lookOnce(), () => {
      isLooking = false;
      if (!isOver) arm(weigher.nextLookMs());
    });
  }

  async function lookOnce(): Promise<void> {
    if (isOver) return;
    if (isLooking) {
      hasNews = true;
      return;
    }
    isLooking = true;
    hasNews = false;
    clearTimeout(timer);
    const [vitals, probe] = await Promise.all([
      running.observe().catch(() => ({ signs: [], counters: null })),
      isReady ? probing.probe(running, verdict?.health) : null,
    ]);
    isLooking = false;
    if (isOver) return;
    weigher.observe(vitals, performance.now());
    count(vitals.counters);
    verdict = weigh(probe);
    arm(Math.min(weigher.nextLookMs(), probing.longestPauseMs));
    onVerdict(watch, verdict);
    if (hasNews) look();
  }

  function count(found: Counters | null): void {
    if (found === null) {
      if (answeredOnce) misses += 1;
      return;
    }
    const at = performance.now();
    rate = counters === null ? null : measureRate(counters, found, at - countedAt);
    countedAt = at;
    counters = found;
    answeredOnce = true;
    misses = 0;
  }

  function weigh(probe: "ok" | "failed" | null): Verdict {
    const accepting = (isReady || running.reconnects) && misses < MISSES;
    return weigher.verdict({ alive: running.isAlive(), accepting, hasRoute, probe }, performance.now());
  }

  /** An unknown endpoint (a name that was never resolved) says nothing about this machine's network. */
  function hasRoute(endpoint: string | null): boolean {
    const peer = parseHostAndPort(endpoint ?? "");
    return peer === undefined || isReachable(peer.host, peer.port);
  }
}
