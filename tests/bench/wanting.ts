import { probeThrough } from "../../src/tunnels/health/probe.ts";

/** Requests through a tunnel, a new one every so often whether or not the ones before were answered. */
export interface Wanting extends AsyncDisposable {
  /** Resolves with the time of `performance.now()` at which the next answer was complete. */
  nextAnswer(): Promise<number>;
}

const EVERY_MS = 100;
const GIVEN_UP_MS = 2_000;

/** @param url what is asked for, through the SOCKS5 proxy at `socksPort`. */
export function startWanting(socksPort: number, url: string): Wanting {
  const socks = { host: "127.0.0.1", port: socksPort };
  const open = new Set<Promise<void>>();
  let next = Promise.withResolvers<number>();
  const timer = setInterval(() => {
    const request = send().finally(() => open.delete(request));
    open.add(request);
  }, EVERY_MS);
  return {
    nextAnswer: () => next.promise,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };

  async function send(): Promise<void> {
    if ((await probeThrough(socks, url, GIVEN_UP_MS)) !== "ok") return;
    next.resolve(performance.now());
    next = Promise.withResolvers();
  }
}
