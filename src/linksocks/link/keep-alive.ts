import type { Link } from "./link.ts";

/** What is known of a link's life. */
export interface KeepAlive {
  /** Anything came from the peer. */
  onLife(): void;
  onPong(): void;
  /** Milliseconds since anything came. */
  readonly silentMs: number;
  /** Of the last ping, in milliseconds. */
  readonly roundTripMs: number | undefined;
  /** Asks now. Resolves with the round trip in milliseconds; never, if no answer comes. */
  ping(): Promise<number>;
  stop(): void;
}

/**
 * Often enough for what is in between and forgets a quiet connection after 30 s; and a Go server drops a provider whose
 * pongs stay away for 60 s, asked for or not.
 */
const INTERVAL_MS = 20_000;

/** Three questions without an answer. */
const SILENCE_MS = 65_000;

/** Keeps a client's link alive, and ends it when nothing comes any more. */
export function keepAlive(link: Link, now: () => number): KeepAlive {
  let lastLife = now();
  let askedAt: number | undefined;
  let roundTripMs: number | undefined;
  let answer = Promise.withResolvers<number>();
  const timer = setInterval(() => {
    if (now() - lastLife > SILENCE_MS) return link.terminate();
    ask();
    link.pong();
  }, INTERVAL_MS);
  ask();

  return {
    onLife,
    onPong() {
      onLife();
      if (askedAt === undefined) return;
      roundTripMs = now() - askedAt;
      askedAt = undefined;
      answer.resolve(roundTripMs);
      answer = Promise.withResolvers();
    },
    get silentMs() {
      return now() - lastLife;
    },
    get roundTripMs() {
      return roundTripMs;
    },
    ping() {
      ask();
      return answer.promise;
    },
    stop: () => clearInterval(timer),
  };

  function onLife(): void {
    lastLife = now();
  }

  function ask(): void {
    askedAt ??= now();
    link.ping();
  }
}
