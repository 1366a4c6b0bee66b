import { expect, test } from "bun:test";
import type { Sign } from "../../../src/tunnels/driver/vitals.ts";
import { UNANSWERED } from "../../../src/tunnels/health/signals/handshakes.ts";
import { DEAD, NOT_ACCEPTING } from "../../../src/tunnels/health/signals/process.ts";
import { NO_NETWORK, SEND_FAILURES } from "../../../src/tunnels/health/signals/sending.ts";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import { handshake, healthsOf, type Look, type Moment, times, traffic, WELL, watchStory } from "./simulated-tunnel.ts";

const MINUTE = 60_000;

/** Every second of the longest pause between two looks, and moments between. */
const PHASES = times(0, 8_000, 250);

test("a dead link is told within 10 s of its first failure, in the system's words, and stays told as retries slow down", () => {
  const failing = [...times(30_000, 33_000, 500), 35_000, 39_000, 47_000, 63_000].map(
    (at): Moment => ({ at, sign: "send-failed", detail: "network is unreachable" }),
  );
  const story = [...handshake(0), ...traffic(0, 30_000), ...failing];
  for (const phase of PHASES) {
    const looks = watchStory(createWeigher(), story, { phase, until: 2 * MINUTE });
    const told = firstBad(looks.filter(({ at }) => at >= 5_000));
    expect(told.at).toBeWithin(30_000, 40_000);
    expect(told).toMatchObject({ health: "down", cause: SEND_FAILURES });
    expect(told.reason).toBe("this machine cannot send to the peer: network is unreachable");
    expect(looks.filter(({ at, cause }) => at >= told.at && cause !== SEND_FAILURES)).toEqual([]);
    expect(looks.at(-1)?.health).toBe("degraded");
  }
});

test("a machine without a network is told so, and carries by itself once it has one again", () => {
  const failing = times(30_000, 40_000, 500).map(
    (at): Moment => ({ at, sign: "send-failed", detail: "network is down" }),
  );
  const story = [...handshake(0), ...traffic(0, 30_000), ...failing, ...traffic(40_000, MINUTE)];
  const facts = { ...WELL, hasRoute: () => false };
  const looks = watchStory(createWeigher(), story, { phase: 0, until: MINUTE, facts });
  const told = firstBad(looks);
  expect(told).toMatchObject({ health: "down", cause: NO_NETWORK });
  expect(told.reason).toBe("this machine has no network: network is down");
  expect(told.action).toContain("carries again by itself");
  expect(looks.at(-1)).toMatchObject({ health: "healthy" });
});

test("four failures within 10 s are none, nor are five with an answer between, nor five within a longer time", () => {
  const after = (...signs: readonly (readonly [Sign, number])[]) => {
    const weigher = createWeigher();
    for (const [sign, at] of signs) {
      weigher.observe({ signs: [{ sign, at, detail: "no route to host" }], counters: null }, at);
    }
    return weigher.verdict(WELL, signs.at(-1)?.[1] ?? 0).health;
  };
  const failed = (...times: readonly number[]) => times.map((at) => ["send-failed", at] as const);
  expect(after(...failed(1, 2, 3, 4))).toBe("idle");
  expect(after(...failed(1, 2, 3, 4, 5))).toBe("down");
  expect(after(...failed(1, 2, 3, 4, 10_001))).toBe("idle");
  expect(after(...failed(2, 3, 4, 5, 10_001))).toBe("down");
  for (const sign of ["answered", "heard"] as const) {
    expect(after(...failed(1, 2, 3, 4), [sign, 5], ...failed(6, 7, 8, 9))).toBe("healthy");
  }
  for (const sign of ["unanswered", "wanted", "stopped-hearing"] as const) {
    expect(after(...failed(1, 2, 3, 4), [sign, 5], ...failed(6))).toBe("down");
  }
});

test("sends that fail now and then while others succeed are no dead network", () => {
  const failing = times(10_000, MINUTE, 300).map(
    (at): Moment => ({ at, sign: "send-failed", detail: "no buffer space available" }),
  );
  const looks = watchStory(createWeigher(), [...handshake(0), ...traffic(0, MINUTE), ...failing], {
    phase: 3_000,
    until: MINUTE,
  });
  expect(healthsOf(looks)).toEqual(["healthy"]);
});

test("handshakes without answer: one or two are degraded, three are down, an answer ends it", () => {
  const weigher = createWeigher();
  const told = (...signs: readonly Sign[]) => {
    weigher.observe({ signs: signs.map((sign) => ({ sign, at: 1 })), counters: null }, 1);
    const { health, cause, reason } = weigher.verdict(WELL, 1);
    return [health, cause, reason];
  };
  expect(told("stopped-hearing")).toEqual([
    "degraded",
    UNANSWERED,
    "the peer is not heard any more, and is asked again",
  ]);
  expect(told("unanswered")).toEqual(["degraded", UNANSWERED, "the peer has not answered a handshake"]);
  expect(told("unanswered")).toEqual(["degraded", UNANSWERED, "the peer has not answered 2 handshakes"]);
  expect(told("unanswered")).toEqual(["down", UNANSWERED, "the peer has not answered 3 handshakes"]);
  expect(told("gave-up")).toEqual(["down", UNANSWERED, "the peer has not answered 20 handshakes"]);
  expect(told()).toEqual(["down", UNANSWERED, "the peer has not answered 20 handshakes"]);
  expect(told("answered")).toEqual(["healthy", null, "its peer answers"]);
  expect(told("unanswered", "unanswered", "heard", "unanswered")).toEqual([
    "degraded",
    UNANSWERED,
    "the peer has not answered a handshake",
  ]);
});

test("a handshake without answer is told with its reason, where that is known", () => {
  const weigher = createWeigher();
  const told = (detail?: string) => {
    weigher.observe({ signs: [{ sign: "unanswered", at: 1, detail }], counters: null }, 1);
    return weigher.verdict(WELL, 1).reason;
  };
  expect(told("connection refused")).toBe("the peer has not answered a handshake: connection refused");
  expect(told("timed out")).toBe("the peer has not answered 2 handshakes: timed out");
  expect(told()).toBe("the peer has not answered 3 handshakes");
});

test("bytes received end unanswered handshakes as well", () => {
  const weigher = createWeigher();
  const counters = { sent: 148, received: 0, handshakeAt: null, endpoint: null };
  const signs = times(0, 3, 1).map(() => ({ sign: "unanswered", at: 1 }) as const);
  weigher.observe({ signs, counters }, 1);
  expect(weigher.verdict(WELL, 1).health).toBe("down");
  weigher.observe({ signs: [], counters: { ...counters, received: 92 } }, 2);
  expect(weigher.verdict(WELL, 2).health).toBe("healthy");
});

test("a handshake that cannot be sent is this machine's fault, not the peer's", () => {
  const story = times(0, 30_000, 5_000).flatMap((at): readonly Moment[] => [
    { at, sign: "send-failed", detail: "operation not permitted" },
    { at: at + 5_000, sign: "unanswered" },
  ]);
  const last = watchStory(createWeigher(), story, { phase: 0, until: 29_000 }).at(-1);
  expect(last).toMatchObject({ health: "down", cause: SEND_FAILURES });
  expect(last?.action).toContain("firewall");
  const facts = { ...WELL, hasRoute: () => false };
  expect(watchStory(createWeigher(), story, { phase: 0, until: 29_000, facts }).at(-1)?.cause).toBe(NO_NETWORK);
});

test("a process that has ended, and one that does not accept, are down whatever else is known", () => {
  const weigher = createWeigher();
  weigher.observe({ signs: [{ sign: "answered", at: 5 }], counters: null }, 5);
  expect(weigher.verdict({ ...WELL, alive: false }, 6)).toMatchObject({
    health: "down",
    cause: DEAD,
  });
  const stuck = weigher.verdict({ ...WELL, accepting: false }, 9);
  expect(stuck).toMatchObject({ health: "down", cause: NOT_ACCEPTING });
  expect(stuck.reason).toBe("its SOCKS port does not accept");
  expect(weigher.verdict(WELL, 10)).toMatchObject({ health: "healthy" });
});

test("a probe: one failure is degraded, a second one down, and success healthy even where nothing else was heard", () => {
  const weigher = createWeigher();
  const told = (probe: "ok" | "failed" | null) => weigher.verdict({ ...WELL, probe }, 1).health;
  expect([told("failed"), told(null), told("failed"), told(null)]).toEqual(["degraded", "degraded", "down", "down"]);
  expect([told("ok"), told(null), told("failed")]).toEqual(["healthy", "healthy", "degraded"]);
});

test("a probe that succeeds does not hide that sends fail", () => {
  const weigher = createWeigher();
  const signs = times(0, 5, 1).map((at) => ({ sign: "send-failed", at, detail: "network is down" }) as const);
  weigher.observe({ signs, counters: null }, 5);
  expect(weigher.verdict({ ...WELL, probe: "ok" }, 6)).toMatchObject({ health: "down", cause: SEND_FAILURES });
});

function firstBad(looks: readonly Look[]): Look {
  const found = looks.find(({ cause }) => cause !== null);
  if (found === undefined) throw new Error("nothing was told");
  return found;
}
