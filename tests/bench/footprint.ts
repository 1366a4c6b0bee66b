import { atMost, below, type Figure, median } from "./figure.ts";
import { type IdleMinute, watchIdle } from "./idle.ts";
import { askOverNew } from "./line-pipe.ts";
import { type Memory, readMemory } from "./memory.ts";
import { rest } from "./rest.ts";
import { sampleMemory } from "./sample-memory.ts";
import type { Scene } from "./scene.ts";
import { childPid } from "./spin.ts";
import type { Subject } from "./subject.ts";
import { carryTraffic } from "./traffic.ts";

/** What one daemon took, from its start to the end of some traffic. */
interface Life {
  readonly afterStart: Memory;
  readonly afterRequests: Memory;
  readonly withTunnel: Memory;
  readonly afterTraffic: Memory;
  readonly childIdle: Memory;
  readonly childAfterTraffic: Memory;
  readonly firstStateMs: number;
  readonly idle: IdleMinute | undefined;
  readonly idleWithTunnel: IdleMinute | undefined;
}

/** Memory at rest of the daemon and of its child, and what the daemon does in an idle minute. */
export async function measureFootprint(subject: Subject, scene: Scene): Promise<readonly Figure[]> {
  const lives: Life[] = [];
  // One after the other: a second process of the same executable keeps the first from giving pages back.
  for (let life = 0; life < scene.plan.lives; life += 1) lives.push(await live(subject, scene, life));
  const requests = scene.plan.requestsBeforeRest.toLocaleString("en");
  const traffic = `${scene.plan.trafficBytes / 1e6} MB`;
  return [
    ...memoryFigures(
      "after start",
      lives.map((life) => life.afterStart),
    ),
    ...memoryFigures(
      `after ${requests} requests`,
      lives.map((life) => life.afterRequests),
    ),
    ...memoryFigures(
      "with a tunnel up",
      lives.map((life) => life.withTunnel),
    ),
    ...childFigures(
      "child, idle",
      lives.map((life) => life.childIdle),
    ),
    ...childFigures(
      `child, after ${traffic}`,
      lives.map((life) => life.childAfterTraffic),
    ),
    ...childFigures(
      `daemon, after these ${traffic}`,
      lives.map((life) => life.afterTraffic),
    ),
    ...idleFigures(
      "no tunnel",
      lives.map((life) => life.idle),
    ),
    ...idleFigures(
      "tunnel up",
      lives.map((life) => life.idleWithTunnel),
    ),
    {
      group: "Answers",
      name: "first state after rest",
      unit: "ms",
      value: median(lives.map((life) => life.firstStateMs)),
    },
  ];
}

async function live(subject: Subject, scene: Scene, life: number): Promise<Life> {
  const { plan, tell } = scene;
  const label = `${subject.name}: daemon ${life + 1} of ${plan.lives}`;
  // An idle minute is long: one daemon is enough.
  const idleSeconds = life === 0 ? plan.idleSeconds : 0;
  await using running = await subject.start();
  const startedAt = performance.now();
  tell(`${label}: resting after its start`);
  await rest(startedAt, plan.restMs);
  const afterStart = await sampleMemory(running.pid, plan.memorySamples);
  const firstStateMs = (await askOverNew(running.port, 1))[0] ?? 0;
  await askOverNew(running.port, plan.requestsBeforeRest);
  tell(`${label}: resting after requests`);
  await rest(startedAt, plan.restMs);
  const afterRequests = await sampleMemory(running.pid, plan.memorySamples);
  const idle = idleSeconds > 0 ? await watchIdle(running.pid, idleSeconds) : undefined;
  const child = childPid(await running.ask(`spin_up:${scene.configName}`));
  tell(`${label}: resting with a tunnel up`);
  await rest(startedAt, plan.restMs);
  const [withTunnel, childIdle] = [await sampleMemory(running.pid, plan.memorySamples), readMemory(child)];
  const idleWithTunnel = idleSeconds > 0 ? await watchIdle(running.pid, idleSeconds) : undefined;
  tell(`${label}: traffic`);
  await carryTraffic(scene);
  const [afterTraffic, childAfterTraffic] = [readMemory(running.pid), readMemory(child)];
  return {
    ...{ afterStart, afterRequests, withTunnel, afterTraffic, childIdle, childAfterTraffic },
    ...{ firstStateMs, idle, idleWithTunnel },
  };
}

function memoryFigures(when: string, samples: readonly Memory[]): readonly Figure[] {
  const group = "Memory, idle";
  const [resident, anonymous] = [samples.map((sample) => sample.resident), samples.map((sample) => sample.anonymous)];
  return [
    { group, name: `resident ${when}`, unit: "MB", value: median(resident), target: below(10) },
    { group, name: `anonymous ${when}`, unit: "MB", value: median(anonymous), target: atMost(4) },
  ];
}

function childFigures(whose: string, samples: readonly Memory[]): readonly Figure[] {
  const value = median(samples.map((sample) => sample.resident));
  return [{ group: "Memory, resident, beside its child", name: whose, unit: "MB", value }];
}

function idleFigures(when: string, samples: readonly (IdleMinute | undefined)[]): readonly Figure[] {
  const group = "An idle minute";
  return [
    { group, name: `CPU, ${when}`, unit: "ms", value: median(samples.map((sample) => sample?.cpuMs)) },
    { group, name: `wake-ups, ${when}`, unit: "", value: median(samples.map((sample) => sample?.wakeUps)) },
  ];
}
