import { startInterval } from "../../platform/timers.ts";
import type { Link } from "./link.ts";

/**
 * Often enough for what is in between and forgets a quiet connection after 30 s; and a Go server drops a provider whose
 * pongs stay away for 60 s, asked for or not.
 */
const INTERVAL_MS = 20_000;

/** Three questions without an answer. */
const SILENCE_MS = 65_000;

/** What is known of a link's life. */
export type KeepAlive = ReturnType<typeof keepAlive>;

/** Keeps a client's link alive, and ends it when nothing comes any more. */
export function keepAlive(link: Link, now: () => number) {
  let lastLife = now();
  let askedAt: number | undefined;
  let roundTripMs: number | undefined;
  let answer = Promise.withResolvers<number>();
  const timer = startInterval(link.part, INTERVAL_MS, () => {
    if (now() - lastLife > SILENCE_MS) return link.terminate();
    ask();
    link.pong();
  });
  ask();

  return {
    /** Anything came from the peer. */
    onLife,
    onPong(): void {
      onLife();
      if (askedAt === undefined) return;
      roundTripMs = now() - askedAt;
      askedAt = undefined;
      answer.resolve(roundTripMs);
      answer = Promise.withResolvers();
    },
    /** Milliseconds since anything came. */
    get silentMs(): number {
      return now() - lastLife;
    },
    /** The round trip of the last ping, in milliseconds. */
    get roundTripMs(): number | undefined {
      return roundTripMs;
    },
    /** Asks now. Resolves with the round trip in milliseconds; never, if no answer comes. */
    ping(): Promise<number> {
      ask();
      return answer.promise;
    },
    stop: (): void => clearInterval(timer),
  };

  function onLife(): void {
    lastLife = now();
  }

  function ask(): void {
    askedAt ??= now();
    link.ping();
  }
}
