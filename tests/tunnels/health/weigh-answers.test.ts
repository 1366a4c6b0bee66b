import { expect, test } from "bun:test";
import { NO_ANSWERS } from "../../../src/tunnels/health/signals/answers.ts";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import {
  DATA,
  emptyAnswer,
  handshake,
  healthsOf,
  keepAlives,
  type Moment,
  retries,
  times,
  traffic,
  watchStory,
} from "./simulated-tunnel.ts";

const MINUTE = 60_000;
const PHASES = times(0, 8_000, 500);

test("data that only keep-alives and handshakes answer is degraded, with what to look at, until data comes back", () => {
  const story: readonly Moment[] = [
    ...handshake(0),
    ...times(10_000, 2 * MINUTE, 1_000).map((at) => ({ at, sent: DATA })),
    ...times(10_000, 2 * MINUTE, 10_000).map(emptyAnswer),
    ...traffic(2 * MINUTE, 3 * MINUTE),
  ];
  for (const phase of PHASES) {
    const looks = watchStory(createWeigher(), story, { phase, until: 3 * MINUTE });
    const told = looks.find(({ cause }) => cause === NO_ANSWERS);
    expect(told?.at).toBeWithin(20_000, 40_000);
    expect(told).toMatchObject({ health: "degraded", action: expect.stringMatching(/Address.*MTU/) });
    expect(looks.at(-1)?.health).toBe("healthy");
  }
});

test("large packets that are lost on the way are degraded too, though handshakes are answered", () => {
  const story: readonly Moment[] = [
    ...handshake(0),
    ...times(10_000, 2 * MINUTE, 2_000).map((at) => ({ at, sent: 1_452 })),
    ...times(25_000, 2 * MINUTE, 15_000).flatMap((at) => handshake(at)),
  ];
  const looks = watchStory(createWeigher(), story, { phase: 0, until: 2 * MINUTE });
  expect(looks.filter(({ cause }) => cause === NO_ANSWERS)).not.toEqual([]);
  expect(looks.filter(({ health }) => health === "down")).toEqual([]);
});

test("a dead target, asked once, is forgotten a minute after nobody asks any more", () => {
  const story = [...handshake(0), ...retries(10_000, 40_000, 1_000), ...times(20_000, 50_000, 10_000).map(emptyAnswer)];
  const looks = watchStory(createWeigher(), story, { phase: 0, until: 2 * MINUTE });
  expect(looks.at(-1)?.health).toBe("healthy");
});

test("keep-alives and handshakes by themselves are no data", () => {
  for (const seconds of [1, 5, 25]) {
    const story = [
      ...keepAlives(0, 10 * MINUTE, seconds),
      ...times(0, 10 * MINUTE, 120_000).flatMap((at) => handshake(at)),
      ...times(0, 10 * MINUTE, seconds * 1_000).map(emptyAnswer),
    ];
    const looks = watchStory(createWeigher(), story, { phase: 0, until: 10 * MINUTE, keepAliveSeconds: seconds });
    expect(healthsOf(looks).filter((health) => health !== "idle")).toEqual(["healthy"]);
  }
});
