import { startRelay } from "../rig/relay.ts";
import { atMost, type Figure, median } from "./figure.ts";
import { type OwnDaemon, type OwnProgram, startOwnDaemon } from "./own-daemon.ts";
import { startPage } from "./page.ts";
import type { Scene } from "./scene.ts";
import { startWanting } from "./wanting.ts";

const LOOK_EVERY_MS = 50;
const HEALTHY_WITHIN_MS = 30_000;
const TOLD_WITHIN_MS = 60_000;

/** How long it takes to tell that a path swallows every packet, and to carry again once it does not. */
export async function measureBlackHoles(
  own: OwnProgram,
  { plan, farEnd, config, configName, tell }: Scene,
): Promise<readonly Omit<Figure, "group">[]> {
  await using relay = await startRelay(farEnd.endpoint);
  const { text, socksPort } = farEnd.config({ endpoint: relay.address, socksPort: config.socksPort });
  await using daemon = await startOwnDaemon(own, { [configName]: text });
  await using web = startPage();
  await daemon.ask(`spin_up:${configName}`);
  await using wanting = startWanting(socksPort, `http://${farEnd.address}:${web.port}/`);
  const told: number[] = [];
  const carried: number[] = [];
  for (let round = 1; round <= plan.blackHoles; round += 1) {
    tell(`wpdaemon: black hole ${round} of ${plan.blackHoles}`);
    await untilHealth(daemon, ["healthy"], HEALTHY_WITHIN_MS);
    const dropped = performance.now();
    await relay.tell("drop");
    await untilHealth(daemon, ["degraded", "down"], TOLD_WITHIN_MS);
    told.push((performance.now() - dropped) / 1_000);
    const passed = performance.now();
    await relay.tell("pass");
    carried.push((await wanting.nextAnswer()) - passed);
  }
  return [
    { name: "black hole → state says so, with a client", unit: "s", value: median(told), target: atMost(15) },
    { name: "path back → first request carried", unit: "ms", value: median(carried), target: atMost(5_000) },
  ];
}

async function untilHealth(daemon: OwnDaemon, wanted: readonly string[], milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!wanted.includes(String((await daemon.ask("state:")).result?.["health"]))) {
    if (performance.now() > deadline) throw new Error(`not ${wanted.join(" or ")} within ${milliseconds} ms`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
