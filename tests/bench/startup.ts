import { atMost, type Figure, median } from "./figure.ts";
import type { Scene } from "./scene.ts";
import type { Subject } from "./subject.ts";

/** From exec to accepting, the executable in the page cache. */
export async function measureStartup(subject: Subject, { plan, tell }: Scene): Promise<readonly Figure[]> {
  const samples: number[] = [];
  // The first start reads the executable from the disk.
  for (let round = 0; round <= plan.startRounds; round += 1) {
    tell(`${subject.name}: start ${round} of ${plan.startRounds}`);
    await using running = await subject.start();
    if (round > 0) samples.push(running.startMs);
  }
  return [{ group: "Start", name: "exec → accepting", unit: "ms", value: median(samples), target: atMost(15) }];
}
