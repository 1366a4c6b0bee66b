import { expect, test } from "bun:test";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import { handshake, type Moment, times, traffic, watchStory } from "./simulated-tunnel.ts";

const MINUTE = 60_000;

test.each([5_000, 30_000])(
  "an address of CheckAlive that fails every %p ms is degraded, then down, and over when it answers",
  (pace) => {
    const failing = times(30_000, 3 * MINUTE, pace).map(
      (at): Moment => ({ at, sign: "ping-failed", detail: "10.9.9.9" }),
    );
    const story = [...handshake(0), ...traffic(0, 6 * MINUTE), ...failing];
    const looks = watchStory(createWeigher(), story, { phase: 1_000, until: 6 * MINUTE });
    const bad = looks.filter(({ cause }) => cause !== null);
    expect(bad[0]).toMatchObject({ health: "degraded", reason: "CheckAlive: 10.9.9.9 did not answer" });
    expect(bad.find(({ health }) => health === "down")?.reason).toBe(
      "CheckAlive: 10.9.9.9 has not answered 2 times in a row",
    );
    expect(bad.at(-1)?.health).toBe("down");
    expect(looks.at(-1)?.health).toBe("healthy");
  },
);
