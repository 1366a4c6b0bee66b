import { isAlive } from "../rig/processes.ts";
import { atMost, type Figure, median } from "./figure.ts";
import type { Scene } from "./scene.ts";
import { APART_MS, childPid, timed } from "./spin.ts";
import type { Subject } from "./subject.ts";

/** Some daemons take 5 s to notice a death; no need to look at that twenty times. */
const WITHIN_MS = 30_000;

/** How long the first `state` takes whose child has just died. */
export async function measureDeaths(subject: Subject, scene: Scene): Promise<readonly Figure[]> {
  const samples: number[] = [];
  await using running = await subject.start();
  const deadline = performance.now() + WITHIN_MS;
  for (let round = 1; round <= scene.plan.deathRounds && performance.now() < deadline; round += 1) {
    scene.tell(`${subject.name}: death ${round} of ${scene.plan.deathRounds}`);
    const child = childPid(await running.ask(`spin_up:${scene.configName}`));
    await Bun.sleep(APART_MS);
    process.kill(child, "SIGKILL");
    while (isAlive(child));
    // A daemon that brings the tunnel up again may have done so by then: either answer is true.
    samples.push((await timed(() => running.ask("state:"))).milliseconds);
  }
  const name = "first state after the child's death";
  return [{ group: "Tunnel", name, unit: "ms", value: median(samples), target: atMost(5) }];
}
