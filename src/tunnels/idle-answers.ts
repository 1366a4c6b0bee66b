/** An Argus client asks for the tunnel at once after it was told that there is none; a busy machine may delay it. */
const LIFETIME_MS = 1_000;
/** More clients than this cannot be connected at once. */
const MOST = 1_024;

/**
 * How many clients were told a moment ago that nothing runs, and have not asked for a tunnel since. When several
 * dispatchers reconnect together, one of them may ask only after another's request has already succeeded. It must not be
 * refused then: an Argus dispatcher gives its feed up at the first error.
 */
export function createIdleAnswers(now: () => number = () => performance.now()) {
  let times: number[] = [];

  return {
    /** One client was told. */
    remember(): void {
      forgetOld();
      times.push(now());
      if (times.length > MOST) times.shift();
    },
    /** A start has succeeded: whoever was told before may take as long from now on. */
    renew(): void {
      times = times.map(now);
    },
    /** Counts one client as having asked. @returns whether there was one to count. */
    claim(): boolean {
      forgetOld();
      return times.shift() !== undefined;
    },
  };

  /** The oldest are in front. Every status request comes here, and a copy of the list would cost it 0.2 ms. */
  function forgetOld(): void {
    const oldest = now() - LIFETIME_MS;
    while ((times[0] ?? oldest) < oldest) times.shift();
  }
}
