/** The daemon writes that it lives once in this time, counted from its start. */
const HEARTBEAT_MS = 60_000;
/** What a heartbeat pages in is dropped soon after it. */
const DROPPED_MS = 2_000;

/**
 * Leaves a daemon alone for at least `milliseconds`, and until a heartbeat has followed: as it is then, it stays.
 * @param startedAt by `performance.now()`.
 */
export async function rest(startedAt: number, milliseconds: number): Promise<void> {
  const age = performance.now() - startedAt;
  const beats = Math.ceil((age + milliseconds) / HEARTBEAT_MS);
  await Bun.sleep(beats * HEARTBEAT_MS + DROPPED_MS - age);
}
