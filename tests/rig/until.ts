/** How long a test waits for what has to come: more than any machine needs, so that no test is about speed. */
export const PATIENCE_MS = 60_000;

/** Resolves with what `look` gives once that is neither undefined nor false; rejects after a minute. */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  milliseconds = PATIENCE_MS,
): Promise<Value> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
