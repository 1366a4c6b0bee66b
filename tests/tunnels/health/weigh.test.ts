import { expect, test } from "bun:test";
import type { Sign } from "../../../src/tunnels/driver/vitals.ts";
import { SILENT } from "../../../src/tunnels/health/signals/silence.ts";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import {
  DATA,
  emptyAnswer,
  handshake,
  healthsOf,
  keepAlives,
  type Look,
  type Moment,
  retries,
  times,
  traffic,
  unansweredHandshakes,
  WELL,
  watchStory,
} from "./simulated-tunnel.ts";

const MINUTE = 60_000;

/** Every second of the longest pause between two looks, and moments between. */
const PHASES = times(0, 8_000, 250);

test("a tunnel without traffic is idle, for however long, and is looked at every 8 s", () => {
  const weigher = createWeigher();
  const looks = watchStory(weigher, [], { phase: 0, until: 10 * MINUTE });
  expect(healthsOf(looks)).toEqual(["idle"]);
  expect(looks.length).toBe(76);
  expect(looks.at(-1)).toMatchObject({ reason: "no traffic yet", action: null, cause: null });
});

test.each([25, 5, 1])("ten quiet minutes with a keep-alive every %p s are no fault", (seconds) => {
  const story = [
    ...keepAlives(seconds * 1_000, 10 * MINUTE, seconds),
    // A response that takes half a second: some looks fall between question and answer.
    ...times(0, 10 * MINUTE, 120_000).flatMap((at) => handshake(at, 500)),
  ];
  for (const phase of PHASES) {
    const looks = watchStory(createWeigher(), story, { phase, until: 10 * MINUTE, keepAliveSeconds: seconds });
    expect(healthsOf(looks).filter((health) => health !== "idle")).toEqual(["healthy"]);
  }
});

test("keep-alives of an unknown interval, such as 25 s, are no fault either", () => {
  const weigher = createWeigher();
  const look = (sent: number, now: number) => {
    weigher.observe({ signs: [], counters: { sent, received: 1, handshakeAt: null, endpoint: null } }, now);
    return weigher.verdict(WELL, now).health;
  };
  for (let now = 0; now < 10 * MINUTE; now += 10_000) expect(look(32 * Math.floor(now / 25_000), now)).toBe("idle");
});

test("a tunnel that was used and is not any more goes from healthy to idle after 180 s", () => {
  const looks = watchStory(createWeigher(), [...handshake(1_000), ...traffic(2_000, 20_000)], {
    phase: 0,
    until: 5 * MINUTE,
  });
  expect(healthsOf(looks.slice(1))).toEqual(["healthy", "idle"]);
  const idle = looks.slice(1).find(({ health }) => health === "idle");
  expect(idle?.reason).toBe("no traffic in the last 180 s");
  expect(idle?.at).toBeWithin(200_000, 215_000);
});

test("a black hole is told 13 s after its first byte at most, whether it begins in a quiet tunnel or a busy one", () => {
  const stories: { readonly [name: string]: readonly Moment[] } = {
    "quiet, one packet": [...handshake(0), { at: MINUTE, sent: DATA }],
    "quiet, tried again": [...handshake(0), ...retries(MINUTE, 2 * MINUTE, 1_000)],
    "quiet, with keep-alives": [...handshake(0), ...keepAlives(5_000, MINUTE, 25), { at: MINUTE, sent: DATA }],
    "never used": unansweredHandshakes(MINUTE, 2 * MINUTE),
    "session expired": [...handshake(0), ...unansweredHandshakes(MINUTE, 2 * MINUTE)],
    busy: [...handshake(0), ...traffic(0, MINUTE), ...retries(MINUTE, 2 * MINUTE)],
    "busy, sends on": [...handshake(0), ...traffic(0, MINUTE), ...times(MINUTE, 2 * MINUTE, 100).map(sendData)],
  };
  const late = Object.entries(stories).flatMap(([name, story]) =>
    PHASES.flatMap((phase) => {
      const looks = watchStory(createWeigher(), story, { phase, until: 2 * MINUTE });
      const told = firstBad(looks.filter(({ at }) => at >= 2_000)).at - MINUTE;
      return told >= 0 && told <= 13_000 ? [] : [`${name}, phase ${phase}: ${told} ms`];
    }),
  );
  expect(late).toEqual([]);
});

test("a silence is degraded first, then for certain, then down", () => {
  const story = [...handshake(0), { at: 20_000, sent: DATA }];
  const looks = watchStory(createWeigher(), story, { phase: 0, until: MINUTE });
  const since = firstBad(looks).at - 4_000;
  expect(since).toBeWithin(20_000, 30_001);
  const after = (ms: number) => looks.find(({ at }) => at === since + ms);
  expect(after(3_000)).toMatchObject({ health: "healthy" });
  expect(after(4_000)).toMatchObject({
    health: "degraded",
    cause: SILENT,
    reason: "data was sent and nothing has come back yet",
  });
  expect(after(11_000)).toMatchObject({ health: "degraded", reason: expect.stringContaining("for 11 s") });
  expect(after(29_000)).toMatchObject({ health: "degraded" });
  expect(after(30_000)).toMatchObject({ health: "down", cause: SILENT });
  expect(after(30_000)?.action).toContain("the address and the keys");
});

test("a dead target inside a healthy tunnel is degraded at most, and over once the peer's own answer comes", () => {
  const story = [
    ...handshake(0),
    ...retries(30_000, 2 * MINUTE, 1_000),
    ...retries(30_000, 2 * MINUTE, 1_000).map(({ at }) => emptyAnswer(at + 10_000)),
  ];
  for (const phase of PHASES) {
    const looks = watchStory(createWeigher(), story, { phase, until: 3 * MINUTE });
    expect(looks.filter(({ health }) => health === "down")).toEqual([]);
    expect(looks.at(-1)?.health).toBe("healthy");
  }
});

test("a far end that restarts is heard again after 15 s: degraded, never down, and healthy again", () => {
  const story = [
    ...handshake(0),
    ...traffic(0, 30_000),
    ...retries(30_000, 45_000),
    { at: 45_000, sign: "stopped-hearing" } as const,
    ...handshake(45_000),
    ...traffic(45_200, MINUTE),
  ];
  for (const phase of PHASES) {
    const looks = watchStory(createWeigher(), story, { phase, until: MINUTE }).filter(({ at }) => at >= 5_000);
    expect(healthsOf(looks)).toEqual(["healthy", "degraded"]);
    expect(looks.at(-1)).toMatchObject({ health: "healthy" });
  }
});

test("a pause in which nobody looked does not count as silence", () => {
  const weigher = createWeigher();
  const look = (sent: number, now: number) => {
    const counters = { sent, received: 500, handshakeAt: null, endpoint: null, keepAliveSeconds: [0] };
    weigher.observe({ signs: [], counters }, now);
    return weigher.verdict(WELL, now).health;
  };
  look(500, 0);
  expect(look(500 + DATA, 10 * MINUTE)).toBe("idle");
  expect(look(500 + DATA, 20 * MINUTE)).toBe("degraded");
  expect(look(500 + DATA, 30 * MINUTE)).toBe("degraded");
});

test("a process whose counters begin anew is no silence", () => {
  const weigher = createWeigher();
  const counters = { sent: 9_000, received: 9_000, handshakeAt: null, endpoint: null };
  weigher.observe({ signs: [], counters }, 0);
  weigher.observe({ signs: [], counters: { ...counters, sent: 9_900 } }, 10_000);
  expect(weigher.nextLookMs()).toBe(1_000);
  weigher.observe({ signs: [], counters: { ...counters, sent: 500, received: 500 } }, 11_000);
  expect(weigher.nextLookMs()).not.toBe(1_000);
});

test("it looks closely while in doubt, for a minute; then as often as the traffic asks", () => {
  const weigher = createWeigher();
  const pace = (signs: readonly Sign[], now: number) => {
    weigher.observe({ signs: signs.map((sign) => ({ sign, at: now })), counters: null }, now);
    return weigher.nextLookMs();
  };
  expect(pace([], 0)).toBe(8_000);
  expect(pace(["wanted"], 10_000)).toBe(4_000);
  expect(pace(["unanswered"], 15_000)).toBe(1_000);
  expect(pace([], 74_000)).toBe(1_000);
  expect(pace([], 75_000)).toBe(8_000);
  expect(pace(["wanted"], 85_000)).toBe(4_000);
  expect(pace(["answered"], 90_000)).toBe(8_000);
});

test("the first look at a process that has long been running knows when its peer last answered", () => {
  const counters = { sent: 1, received: 1, handshakeAt: 1_000_000, endpoint: null };
  const told = (epoch: number) => {
    const weigher = createWeigher(() => epoch);
    weigher.observe({ signs: [], counters }, 500);
    return weigher.verdict(WELL, 500).health;
  };
  expect([told(1_180_000), told(1_180_001), told(999_999)]).toEqual(["healthy", "idle", "idle"]);
});

test("a process whose peer has never answered had no traffic yet, however it is asked", () => {
  const weigher = createWeigher(() => 1_000_000);
  weigher.observe({ signs: [], counters: { sent: 0, received: 0, handshakeAt: null, endpoint: null } }, 500);
  expect(weigher.verdict(WELL, 500)).toMatchObject({ health: "idle", reason: "no traffic yet" });
});

function firstBad(looks: readonly Look[]): Look {
  const found = looks.find(({ cause }) => cause !== null);
  if (found === undefined) throw new Error("nothing was told");
  return found;
}

function sendData(at: number): Moment {
  return { at, sent: DATA };
}
