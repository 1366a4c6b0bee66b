import { describe, expect, test } from "bun:test";
import type { PeerCounters, SignEvent } from "../../../src/tunnels/driver/vitals.ts";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import { times, WELL } from "./simulated-tunnel.ts";

const EPOCH = 1_767_225_600_000;
const NOW_AND_THEN = { sent: 96, received: 96 };
const INITIATION = { sent: 148, received: 0 };
const NOTHING = { sent: 0, received: 0 };

interface Flow {
  readonly sent: number;
  readonly received: number;
}

/** What is said of two peers, each of which moves so many bytes in every 5 s. */
function watchTwo(one: Flow, other: Flow, seconds: number, signs: readonly SignEvent[] = []) {
  let time = 0;
  const weigher = createWeigher(() => EPOCH + time);
  const counted = (name: string, flow: Flow, rounds: number): PeerCounters => ({
    name,
    sent: flow.sent * rounds,
    received: flow.received * rounds,
    handshakeAt: flow.received > 0 ? EPOCH : null,
    endpoint: `192.0.2.1:${name === "ONE…" ? 1 : 2}`,
    keepAliveSeconds: [25],
  });
  return times(0, seconds * 1_000 + 1, 5_000).map((now) => {
    time = now;
    const rounds = now / 5_000 + 1;
    const peers = [counted("ONE…", one, rounds), counted("TWO…", other, rounds)];
    const counters = { ...NOTHING, handshakeAt: EPOCH, endpoint: "192.0.2.1:1", peers };
    weigher.observe({ signs, counters }, now);
    return weigher.verdict(WELL, now);
  });
}

describe("a tunnel with two peers", () => {
  test("is degraded, and nothing is done, where one of them is silent and the other answers", () => {
    for (const verdict of watchTwo(NOW_AND_THEN, INITIATION, 120).slice(6)) {
      expect(verdict).toMatchObject({
        health: "degraded",
        reason: expect.stringMatching(/^peer TWO… at 192\.0\.2\.1:2: .*; others answer$/),
      });
      const trouble = { health: "down", lasting: 1e9, sinceNetworkChange: 1e9, handshakeAge: 1e9 } as const;
      expect(verdict.cause?.remedy({ ...trouble, restarted: false, moved: true, hasFailover: true })).toBe("wait");
    }
  });

  test("is down where none of them answers, and where the other one is not wanted", () => {
    for (const other of [INITIATION, NOTHING]) {
      expect(watchTwo(INITIATION, other, 60).at(-1)).toMatchObject({
        health: "down",
        reason: "peer ONE… at 192.0.2.1:1: the peer has not answered 12 handshakes",
      });
    }
  });

  test("is healthy where both answer, or one does and the other is not wanted", () => {
    for (const other of [NOW_AND_THEN, NOTHING]) {
      expect(watchTwo(NOW_AND_THEN, other, 60).at(-1)).toMatchObject({ health: "healthy" });
    }
  });

  test("has what the log says of one of them counted for that one alone", () => {
    const gaveUp: SignEvent = { sign: "gave-up", at: 0, peer: "TWO…" };
    expect(watchTwo(NOW_AND_THEN, NOTHING, 10, [gaveUp]).at(-1)).toMatchObject({
      health: "degraded",
      reason: "peer TWO… at 192.0.2.1:2: the peer has not answered 20 handshakes; others answer",
    });
    expect(watchTwo(NOTHING, NOTHING, 10, [gaveUp]).at(-1)).toMatchObject({ health: "down" });
  });
});
