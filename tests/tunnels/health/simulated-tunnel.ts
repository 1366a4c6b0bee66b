import type { Sign } from "../../../src/tunnels/driver/vitals.ts";
import type { Facts, Verdict } from "../../../src/tunnels/health/signal.ts";
import type { Weigher } from "../../../src/tunnels/health/weigh.ts";

/** What happens on a tunnel at one moment, in milliseconds. */
export interface Moment {
  readonly at: number;
  /** Bytes on the outside. */
  readonly sent?: number;
  readonly received?: number;
  readonly sign?: Sign;
  readonly detail?: string;
}

export type Look = Verdict & { readonly at: number };

export const WELL: Facts = { alive: true, accepting: true, hasRoute: () => true, probe: null };

/** Bytes of WireGuard's messages. */
const INITIATION = 148;
const RESPONSE = 92;
const EMPTY = 32;

/** One small packet of data, a TCP handshake's for one. */
export const DATA = 96;

/** What a weigher says at each of its looks, from `phase` on until `until`, each look when it asked for it. */
export function watchStory(
  weigher: Weigher,
  story: readonly Moment[],
  span: { readonly phase: number; readonly until: number; readonly facts?: Facts; readonly keepAliveSeconds?: number },
): readonly Look[] {
  const { phase, until, facts = WELL, keepAliveSeconds = 0 } = span;
  const moments = story.toSorted((one, other) => one.at - other.at);
  const looks: Look[] = [];
  let told = 0;
  let sent = 0;
  let received = 0;
  for (let now = phase; now <= until; now += weigher.nextLookMs()) {
    const fresh = moments.slice(told).filter(({ at }) => at <= now);
    told += fresh.length;
    for (const moment of fresh) {
      sent += moment.sent ?? 0;
      received += moment.received ?? 0;
    }
    const signs = fresh.flatMap(({ sign, detail }) => (sign === undefined ? [] : [{ sign, at: now, detail }]));
    const counters = { sent, received, handshakeAt: null, endpoint: null, keepAliveSeconds: [keepAliveSeconds] };
    weigher.observe({ signs, counters }, now);
    looks.push({ at: now, ...weigher.verdict(facts, now) });
  }
  return looks;
}

/** Each health that was seen, once, in the order of its first look. */
export function healthsOf(looks: readonly Look[]): readonly string[] {
  return [...new Set(looks.map((look) => look.health))];
}

/** A handshake of ours that is answered after `delay`. */
export function handshake(at: number, delay = 50): readonly Moment[] {
  return [
    { at, sent: INITIATION },
    { at: at + delay, received: RESPONSE, sign: "answered" },
  ];
}

/** Handshakes of ours that nobody answers, from `from` on, as WireGuard repeats them; `to` as it gives up. */
export function unansweredHandshakes(from: number, to: number): readonly Moment[] {
  return times(from, to, 5_000).flatMap((at): readonly Moment[] => [
    { at, sent: INITIATION },
    { at: at + 5_000, sign: "unanswered" },
  ]);
}

/** A packet each way, ten times a second. */
export function traffic(from: number, to: number): readonly Moment[] {
  return times(from, to, 100).flatMap((at) => [
    { at, sent: DATA },
    { at: at + 40, received: DATA },
  ]);
}

/** Data that inner TCP repeats, ever more seldom, because nothing comes back. */
export function retries(from: number, to: number, first = 200): readonly Moment[] {
  const moments: Moment[] = [];
  for (let at = from, pause = first; at < to; at += pause, pause *= 2) moments.push({ at, sent: DATA });
  return moments;
}

/** Our keep-alives; nothing answers them. */
export function keepAlives(from: number, to: number, seconds: number): readonly Moment[] {
  return times(from, to, seconds * 1_000).map((at) => ({ at, sent: EMPTY }));
}

/** The far end's own, which WireGuard sends 10 s after data that nothing else answered. */
export function emptyAnswer(at: number): Moment {
  return { at, received: EMPTY, sign: "heard" };
}

export function times(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);
}
