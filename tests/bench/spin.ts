import type { Reply } from "../rig/line-client.ts";
import { untilAccepting } from "./accepting.ts";
import { untilFewClosedConnections } from "./closed-connections.ts";
import { atMost, type Figure, median } from "./figure.ts";
import { askOverNew } from "./line-pipe.ts";
import type { Scene } from "./scene.ts";
import type { RunningSubject, Subject } from "./subject.ts";

/**
 * Two starts with one private key are kept 50 ms apart by design (reference page wireproxy-daemon.md section 16.2): the
 * pause before each keeps that wait out of what is timed.
 */
export const APART_MS = 80;

/** Bringing a tunnel up and down, beside what the child takes by itself. */
export async function measureSpins(subject: Subject, scene: Scene): Promise<readonly Figure[]> {
  const { plan, tell } = scene;
  tell(`${subject.name}: waiting until the system has forgotten earlier connections`);
  await untilFewClosedConnections();
  await using running = await subject.start();
  const rounds: Round[] = [];
  // The first round warms up.
  for (let round = 0; round <= plan.spinRounds; round += 1) {
    tell(`${subject.name}: spin_up and spin_down ${round} of ${plan.spinRounds}`);
    const taken = await spin(running, scene);
    if (round > 0) rounds.push(taken);
  }
  tell(`${subject.name}: the same among closed connections`);
  await askOverNew(running.port, plan.closedConnections);
  const crowded: Round[] = [];
  for (let round = 0; round < plan.crowdedRounds; round += 1) crowded.push(await spin(running, scene));
  const group = "Tunnel";
  const closed = plan.closedConnections.toLocaleString("en");
  return [
    { group, name: "the child alone, exec → accepting", unit: "ms", value: median(rounds.map(({ bare }) => bare)) },
    { group, name: "spin_up", unit: "ms", value: median(rounds.map(({ up }) => up)) },
    { group, name: "spin_up minus the child's own start", unit: "ms", value: extra(rounds), target: atMost(15) },
    { group, name: `… with ${closed} closed connections`, unit: "ms", value: extra(crowded) },
    { group, name: "spin_down", unit: "ms", value: median(rounds.map(({ down }) => down)), target: atMost(15) },
  ];
}

/** Milliseconds of one time up and down, and of the child's start by itself right before. */
interface Round {
  readonly bare: number;
  readonly up: number;
  readonly down: number;
}

/** The bare start comes in the same round, for whatever else slows this machine. */
async function spin(running: RunningSubject, scene: Scene): Promise<Round> {
  const bare = await startBare(scene);
  await Bun.sleep(APART_MS);
  const up = await timed(() => running.ask(`spin_up:${scene.configName}`));
  await Bun.sleep(APART_MS);
  const down = await timed(() => running.ask("spin_down:"));
  await Bun.sleep(APART_MS);
  return { bare, up: up.milliseconds, down: down.milliseconds };
}

function extra(rounds: readonly Round[]): number | undefined {
  return median(rounds.map(({ up, bare }) => up - bare));
}

/** The process that a reply to `spin_up` names. */
export function childPid({ result }: Reply): number {
  const pid = result?.["pid"];
  if (typeof pid !== "number") throw new Error(`spin_up names no process: ${JSON.stringify(result)}`);
  return pid;
}

/** The same program with the same config, without a daemon. @returns milliseconds from exec to accepting. */
async function startBare({ wireproxy, configFile, config }: Scene): Promise<number> {
  const began = performance.now();
  const child = Bun.spawn([wireproxy, "-c", configFile], { stdio: ["ignore", "ignore", "ignore"] });
  try {
    await untilAccepting(config.socksPort, child);
    return performance.now() - began;
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

export async function timed(
  exchange: () => Promise<Reply>,
): Promise<{ readonly milliseconds: number; readonly reply: Reply }> {
  const began = performance.now();
  const reply = await exchange();
  return { milliseconds: performance.now() - began, reply };
}
