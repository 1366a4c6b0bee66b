import { quantile } from "../figure.ts";

/** How ordinary clients fared. */
export interface Fare {
  /** Milliseconds that 99 of 100 requests do not exceed. */
  readonly p99: number | undefined;
  /** The longest request, milliseconds. */
  readonly longest: number | undefined;
  /** Requests answered in a second, or MB carried. */
  readonly rate: number;
  /** Requests that came to nothing. */
  readonly failed: number;
}

/** A client that waits for longer counts as one whose request came to nothing. */
const PATIENCE_MS = 10_000;

/** So many clients ask again and again for a while, each one thing at a time. */
export async function watchRequests(clients: readonly (() => Promise<void>)[], milliseconds: number): Promise<Fare> {
  const samples: number[] = [];
  let failed = 0;
  const began = performance.now();
  const work = async (request: () => Promise<void>) => {
    while (performance.now() - began < milliseconds) {
      const at = performance.now();
      const isAnswered = await within(request());
      samples.push(performance.now() - at);
      if (!isAnswered) failed += 1;
    }
  };
  await Promise.all(clients.map(work));
  const seconds = (performance.now() - began) / 1_000;
  return {
    p99: quantile(samples, 0.99),
    longest: samples.length === 0 ? undefined : Math.max(...samples),
    rate: (samples.length - failed) / seconds,
    failed,
  };
}

async function within(request: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, false);
  });
  const done = request.then(
    () => true,
    () => false,
  );
  const isAnswered = await Promise.race([done, late]);
  clearTimeout(timer);
  return isAnswered;
}
