import { measureBlackHoles } from "./black-hole.ts";
import type { Figure } from "./figure.ts";
import { measureHandOvers } from "./hand-overs.ts";
import { measureKills } from "./kills.ts";
import type { OwnProgram } from "./own-daemon.ts";
import type { Scene } from "./scene.ts";

/** What our own daemon does where others have nothing to be asked for: recovery, health, hand-over. */
export async function measureRecovery(own: OwnProgram, scene: Scene): Promise<readonly Figure[]> {
  const figures = [
    ...(await measureKills(own, scene)),
    ...(await measureBlackHoles(own, scene)),
    ...(await measureHandOvers(own, scene)),
  ];
  return figures.map((figure) => ({ group: "Recovery and upgrade", ...figure }));
}
