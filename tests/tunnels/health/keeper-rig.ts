import { createEventBus, type DaemonEvent } from "../../../src/events/bus.ts";
import type { Counters, Sign } from "../../../src/tunnels/driver/vitals.ts";
import { createHealthKeeper } from "../../../src/tunnels/health/health-keeper.ts";
import { createFailoverOrder } from "../../../src/tunnels/life/failover-order.ts";
import { createRecoveryPlan } from "../../../src/tunnels/life/recovery-plan.ts";
import type { TunnelState } from "../../../src/tunnels/life/state-machine.ts";
import type { TunnelPolicy } from "../../../src/tunnels/life/tunnel-parts.ts";
import { turn } from "../../rig/event-loop.ts";
import { createFakeDrivers, createFakeTunnel, FAKE_TIME, type FakeTraits } from "../fake-driver.ts";
import { POLICY } from "../life/tunnel-rig.ts";

/** Nothing was carried yet. */
export const COUNTERS: Counters = { sent: 0, received: 0, handshakeAt: null, endpoint: "192.0.2.1:51820" };

/** A keeper of the tunnel `us`, on fake timers. */
export function createKeeperRig(policy: Partial<TunnelPolicy> = {}, state: TunnelState = "running") {
  const bus = createEventBus();
  const events: DaemonEvent[] = [];
  bus.subscribe((event) => void events.push(event));
  const clock = { time: FAKE_TIME };
  const machine = { isReachable: true, looks: 0 };
  const restarts: string[] = [];
  const merged = { ...POLICY, ...policy };
  const failoverOrder = createFailoverOrder(merged.failover);
  let current = state;
  const keeper = createHealthKeeper({
    driver: createFakeDrivers(),
    policy: merged,
    plan: createRecoveryPlan(),
    audit: () => undefined,
    bus,
    now: () => clock.time,
    isReachable: () => machine.isReachable,
    onLook: () => void machine.looks++,
    name: "us",
    describeState: () => ({ state: current, since: FAKE_TIME, reason: "of a test" }),
    failoverOrder,
    onRestart: (why, ending) => void restarts.push(`${why} (${ending})`),
  });
  function set(next: TunnelState): void {
    current = next;
    keeper.stateChanged();
  }
  return { keeper, events, clock, machine, restarts, failoverOrder, set };
}

/** As `createKeeperRig`, with a process to look at that is not ready yet. */
export function follow(traits: FakeTraits = {}, policy: Partial<TunnelPolicy> = {}, state: TunnelState = "running") {
  const rig = createKeeperRig(policy, state);
  const running = createFakeTunnel(4_242, traits);
  rig.keeper.follow(running);
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
  return { ...rig, running, learn };
}

/** As `follow`, after the first look. */
export async function followReady(...wanted: Parameters<typeof follow>) {
  const rig = follow(...wanted);
  rig.running.becomeReady();
  await turn();
  return rig;
}
