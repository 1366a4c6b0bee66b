import type { Counters, Sign } from "../../../src/tunnels/driver/vitals.ts";
import { createHealthKeeper } from "../../../src/tunnels/health/health-keeper.ts";
import type { TunnelPolicy } from "../../../src/tunnels/life/life.ts";
import { turn } from "../../rig/event-loop.ts";
import { createFakeTunnel, FAKE_TIME, type FakeTraits } from "../fake-driver.ts";
import { POLICY } from "../life/tunnel-rig.ts";

/** Nothing was carried yet. */
export const COUNTERS: Counters = { sent: 0, received: 0, handshakeAt: null, endpoint: "192.0.2.1:51820" };

/** A keeper that looks at a tunnel which is not ready yet, on fake timers. */
export function follow(traits: FakeTraits = {}, policy: Partial<TunnelPolicy> = {}, mayTreat = true) {
  const machine = { isReachable: true, looks: 0 };
  const remedies: string[] = [];
  const keeper = createHealthKeeper({
    part: "tunnel",
    policy: { ...POLICY, ...policy },
    now: () => FAKE_TIME,
    isReachable: () => machine.isReachable,
    onVerdict: () => void machine.looks++,
    mayTreat: () => mayTreat,
    onRemedy: (remedy, why) => void remedies.push(`${remedy}: ${why}`),
  });
  const running = createFakeTunnel(4_242, traits);
  keeper.follow(running);
  /** The next look finds these signs, every further one none; the counters stay. */
  function learn(signs: readonly Sign[], counters: Partial<Counters> = {}): void {
    let fresh = signs;
    running.observeWith(async () => {
      const at = performance.now();
      const found = fresh.map((sign) => ({
        sign,
        at,
        ...(sign === "send-failed" ? { detail: "network is unreachable" } : {}),
      }));
      fresh = [];
      return { signs: found, counters: { ...COUNTERS, ...counters } };
    });
  }
  return { keeper, machine, remedies, running, learn };
}

/** As `follow`, after the first look. */
export async function followReady(...wanted: Parameters<typeof follow>) {
  const rig = follow(...wanted);
  rig.running.becomeReady();
  await turn();
  return rig;
}
