import { ask } from "../rig/line-client.ts";
import { atMost, type Figure, median, quantile } from "./figure.ts";
import { type OwnProgram, startOwnDaemon } from "./own-daemon.ts";
import type { Scene } from "./scene.ts";

const CLIENTS = 4;
/** What a client does between two requests: without a pause the clients would take a core from the daemons. */
const PAUSE_MS = 1;
const WARM_UP_MS = 500;
/** From one hand-over to the next. */
const APART_MS = 300;

/** How long clients wait when another process takes over from the daemon, and whether one is refused. */
export async function measureHandOvers(own: OwnProgram, scene: Scene): Promise<readonly Omit<Figure, "group">[]> {
  const others = await measureOneWay(own, scene, true);
  const [inPlace, ...rest] = await measureOneWay(own, scene, false);
  const refused = rest.find(({ name }) => name.includes("refused"));
  return [
    ...others,
    ...(inPlace === undefined
      ? []
      : [{ ...inPlace, name: "longest request where the process keeps its number, median" }]),
    ...(refused === undefined ? [] : [{ ...refused, name: `${refused.name} of that kind` }]),
  ];
}

async function measureOneWay(
  own: OwnProgram,
  { plan, config, configName, tell }: Scene,
  isDetached: boolean,
): Promise<readonly Omit<Figure, "group">[]> {
  await using daemon = await startOwnDaemon(own, { [configName]: config.text }, isDetached);
  await daemon.up([configName]);
  await using clients = startClients(daemon.port);
  await Bun.sleep(WARM_UP_MS);
  tell(`wpdaemon: ${CLIENTS} clients, no hand-over`);
  const from = performance.now();
  await Bun.sleep(plan.undisturbedMs);
  const undisturbed = clients.durationsSince(from);
  const longest: number[] = [];
  for (let round = 1; round <= plan.handOvers; round += 1) {
    tell(`wpdaemon: hand-over ${round} of ${plan.handOvers}`);
    const began = performance.now();
    await daemon.handOver();
    await Bun.sleep(APART_MS);
    longest.push(Math.max(...clients.durationsSince(began)));
  }
  const count = plan.handOvers;
  return [
    {
      name: "longest request in a hand-over, median",
      unit: "ms",
      value: median(longest),
      ...(isDetached && { target: atMost(8) }),
    },
    { name: `longest request in ${count} hand-overs`, unit: "ms", value: Math.max(...longest) },
    { name: `requests refused in ${count} hand-overs`, unit: "", value: clients.refused(), target: atMost(0) },
    { name: `the same ${CLIENTS} clients undisturbed, p99`, unit: "ms", value: quantile(undisturbed, 0.99) },
    { name: "… longest request", unit: "ms", value: Math.max(...undisturbed) },
  ];
}

interface Clients extends AsyncDisposable {
  /** Milliseconds that each request took which ended after a time of `performance.now()`. */
  durationsSince(time: number): readonly number[];
  /** Requests without a true answer. */
  refused(): number;
}

/** They ask `state` again and again, over a new connection each time, as Argus does. */
function startClients(port: number): Clients {
  let answered: { readonly ended: number; readonly took: number }[] = [];
  let refused = 0;
  let over = false;
  const running = Promise.all(Array.from({ length: CLIENTS }, askOnAndOn));
  return {
    durationsSince(time) {
      answered = answered.filter(({ ended }) => ended >= time);
      return answered.map(({ took }) => took);
    },
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      over = true;
      await running;
    },
  };

  async function askOnAndOn(): Promise<void> {
    while (!over) {
      const began = performance.now();
      const isTrue = await ask(port, "state:").then(
        ({ result }) => result?.["running"] === true,
        () => false,
      );
      const ended = performance.now();
      if (isTrue) answered.push({ ended, took: ended - began });
      else refused += 1;
      await Bun.sleep(PAUSE_MS);
    }
  }
}
