import type { Counters, SignEvent, Vitals } from "../driver/vitals.ts";
import { waitForIt } from "./remedy.ts";
import { type BadVerdict, type Facts, judgeBad, judgeGood, type Signal, seconds, type Verdict } from "./signal.ts";
import { SIGNALS } from "./signals.ts";
import { HEALTH_LIMITS } from "./thresholds.ts";
import { findKnown, type PeerWatch, watchPeer } from "./watch-peer.ts";

export type Weigher = ReturnType<typeof createWeigher>;

/**
 * Weighs all that is known of one run of a tunnel, each of its peers by itself. Times are milliseconds of a clock that only
 * moves forward.
 * @param epoch gives milliseconds since the epoch. With it the first look at a process that has long been running already
 * tells when its peer last answered.
 */
export function createWeigher(epoch?: () => number) {
  const process: readonly Signal[] = Object.values(SIGNALS.process).map((track) => track());
  const carried: readonly Signal[] = Object.values(SIGNALS.carried).map((track) => track());
  const peers = new Map<string, PeerWatch>([[ONLY, watchPeer(epoch)]]);
  let carriedAt: number | null = null;
  let lastLook: number | undefined;
  let isBusy = false;

  return {
    observe({ signs, counters }: Vitals, now: number): void {
      lastLook = now;
      if (counters?.peers !== undefined) tellApart(counters.peers.map(({ name }) => name));
      for (const signal of carried) {
        for (const event of signs) signal.note?.(event);
        signal.look?.({ now, heard: false, movement: undefined, hasSession: undefined });
      }
      isBusy = signs.some(({ sign }) => sign === "wanted");
      for (const [name, peer] of peers) {
        const events = signs.filter((event) => isAbout(event, name));
        for (const event of events) peer.note(event);
        if (peer.look(countersOf(counters, name), events, now)) isBusy = true;
      }
    },
    verdict(facts: Facts, now: number): Verdict {
      const { probe } = facts;
      if (probe === "ok") {
        carriedAt = now;
        // Where there are several, nobody knows which of them carried it.
        if (peers.size === 1) for (const peer of peers.values()) peer.hear(now);
      }
      if (probe !== null) for (const signal of carried) signal.probed?.(probe);
      const circumstances = { ...facts, networkUp: true, sendFailure: undefined, now };
      const found = [
        ...findKnown(process, (signal) => signal.judge(circumstances)),
        ...judgePeers(facts, now),
        ...findKnown(carried, (signal) => signal.judge(circumstances)),
      ];
      return found.find(({ health }) => health === "down") ?? found[0] ?? judgeTraffic(now);
    },
    /** How long to wait before the next look. */
    nextLookMs(): number {
      const doubts = [...peers.values()].flatMap((peer) => peer.doubts());
      const isFresh = lastLook !== undefined && lastLook - Math.min(...doubts) < HEALTH_LIMITS.closeWatch;
      if (doubts.length > 0 && isFresh) return HEALTH_LIMITS.doubtfulLook;
      return isBusy ? HEALTH_LIMITS.busyLook : HEALTH_LIMITS.quietLook;
    },
  };

  /** Until its counters were read, a tunnel is taken to have one peer. */
  function tellApart(names: readonly string[]): void {
    if (!peers.delete(ONLY)) return;
    for (const name of names) peers.set(name, watchPeer(epoch));
  }

  /** What is said of a peer that the counters do not know is about all of them. */
  function isAbout({ peer }: SignEvent, name: string): boolean {
    return name === ONLY || peer === undefined || peer === name || !peers.has(peer);
  }

  /** A tunnel is down only where no peer answers that anybody wants. */
  function judgePeers(facts: Facts, now: number): readonly BadVerdict[] {
    const judged = [...peers].map(([name, peer]) => ({ name, peer, found: peer.judge(facts, now) }));
    if (judged.length === 1) return judged.flatMap(({ found }) => found);
    const othersAnswer = judged.some(({ peer, found }) => found.length === 0 && isFresh(peer.heardAt, now));
    return judged.flatMap(({ name, peer, found }) =>
      found.map(({ health, cause, reason, action }) => {
        const named = `peer ${name}${peer.endpoint === null ? "" : ` at ${peer.endpoint}`}: ${reason}`;
        return othersAnswer
          ? judgeBad("degraded", { ...cause, remedy: waitForIt }, `${named}; others answer`, action)
          : judgeBad(health, cause, named, action);
      }),
    );
  }

  /** A tunnel without traffic is silent by design: nothing can be said of it, and nothing is wrong. */
  function judgeTraffic(now: number): Verdict {
    const times = [carriedAt, ...[...peers.values()].map(({ heardAt }) => heardAt)].filter((time) => time !== null);
    if (times.length === 0) return judgeGood("idle", "no traffic yet");
    if (isFresh(Math.max(...times), now)) return judgeGood("healthy", "its peer answers");
    return judgeGood("idle", `no traffic in the last ${seconds(HEALTH_LIMITS.freshness)}`);
  }
}

/** The name of a peer that is the only one, or cannot be told from others. */
const ONLY = "";

function isFresh(heardAt: number | null, now: number): boolean {
  return heardAt !== null && now - heardAt <= HEALTH_LIMITS.freshness;
}

function countersOf(counters: Counters | null, name: string): Counters | undefined {
  if (name === ONLY) return counters ?? undefined;
  return counters?.peers?.find((peer) => peer.name === name);
}
