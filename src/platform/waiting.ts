import { contain } from "./containment.ts";

/** Resolves after `milliseconds`, or at once when `signal` aborts; it never rejects and leaves no timer behind. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal?.aborted === true) return Promise.resolve();
  const timer = setTimeout(finish, milliseconds);
  signal?.addEventListener("abort", finish, { once: true });
  return promise;

  function finish(): void {
    clearTimeout(timer);
    signal?.removeEventListener("abort", finish);
    resolve();
  }
}

/** Resolves when `signal` aborts. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Calls `act` when `signal` aborts, at once where it has; to dispose of it calls that off. */
export function onAbort(signal: AbortSignal, act: () => void): Disposable {
  const contained = contain("cancellation", act);
  signal.addEventListener("abort", contained, { once: true });
  if (signal.aborted) contained();
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", contained) };
}

/** Whether `promise` settles within `milliseconds`. A rejection counts as settled and is left to its owner. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const { promise: answer, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  const settle = () => resolve(true);
  promise.then(settle, settle);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** What `promise` gives. @throws what it rejects with, or `late()` where it takes longer than `milliseconds`. */
export async function within<Result>(promise: Promise<Result>, milliseconds: number, late: () => Error) {
  if (await settlesWithin(promise, milliseconds)) return await promise;
  throw late();
}
