import { accepts } from "../rig/socks.ts";

const WITHIN_MS = 15_000;

/**
 * Resolves once `child` accepts on a loopback port. Looks every millisecond: without a pause the looks would take a core
 * from the child, which doubles what they measure.
 * @throws where the child ends instead, or does not accept in time.
 */
export async function untilAccepting(port: number, child: Bun.Subprocess): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode} instead of accepting`);
    if (performance.now() > deadline) throw new Error(`nothing accepts on ${port} within ${WITHIN_MS} ms`);
    await Bun.sleep(1);
  }
}
