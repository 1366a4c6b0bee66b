import { jest } from "bun:test";

/** One turn of the event loop: every promise that can settle has settled. Fake timers leave it alone. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}

/** Whether a promise has settled once every promise that can has. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  const did = promise.then(
    () => true,
    () => true,
  );
  return await Promise.race([did, turn().then(() => false)]);
}

/** Lets so much time of fake timers pass, everything settled before it and after. */
export async function advance(milliseconds: number): Promise<void> {
  await turn();
  jest.advanceTimersByTime(milliseconds);
  await turn();
}
