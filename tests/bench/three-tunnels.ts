import { atMost, below, type Figure, median } from "./figure.ts";
import { type IdleMinute, watchIdle } from "./idle.ts";
import type { Memory } from "./memory.ts";
import { type OwnProgram, startOwnDaemon } from "./own-daemon.ts";
import { rest } from "./rest.ts";
import { sampleMemory } from "./sample-memory.ts";
import type { Scene } from "./scene.ts";

const NAMES = ["us-east", "eu-west", "ap-south"] as const;

/** What the daemon holds and does with three tunnels up that nobody uses. */
export async function measureThreeTunnels(own: OwnProgram, scene: Scene): Promise<readonly Figure[]> {
  const lives: { readonly memory: Memory; readonly idle: IdleMinute }[] = [];
  for (let life = 1; life <= scene.plan.lives; life += 1) {
    scene.tell(`wpdaemon: resting with three tunnels up, ${life} of ${scene.plan.lives}`);
    lives.push(await live(own, scene));
  }
  const [memory, minute] = [{ group: "Memory, idle", unit: "MB" }, { group: "An idle minute" }] as const;
  const [resident, anonymous] = [lives.map((life) => life.memory.resident), lives.map((life) => life.memory.anonymous)];
  return [
    { ...memory, name: "resident with three tunnels up", value: median(resident), target: below(10) },
    { ...memory, name: "anonymous with three tunnels up", value: median(anonymous), target: atMost(4) },
    { ...minute, name: "CPU, three tunnels up", unit: "ms", value: median(lives.map((life) => life.idle.cpuMs)) },
    { ...minute, name: "wake-ups, three tunnels up", unit: "", value: median(lives.map((life) => life.idle.wakeUps)) },
  ];
}

async function live(own: OwnProgram, { plan, farEnd }: Scene) {
  const configs = NAMES.map((name, client) => [name, farEnd.config({ client }).text]);
  await using daemon = await startOwnDaemon(own, Object.fromEntries(configs));
  const startedAt = performance.now();
  await daemon.up(NAMES);
  await rest(startedAt, plan.restMs);
  const [memory, idle] = await Promise.all([
    sampleMemory(daemon.pid, plan.memorySamples),
    watchIdle(daemon.pid, plan.idleSeconds),
  ]);
  return { memory, idle };
}
