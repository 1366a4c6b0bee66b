import { createEventBus, type DaemonEvent } from "../../../src/events/bus.ts";
import { Failure } from "../../../src/platform/failure.ts";
import type { Placement } from "../../../src/tunnels/driver/driver.ts";
import type { TunnelPolicy } from "../../../src/tunnels/life/life.ts";
import { createRecoveryPlan } from "../../../src/tunnels/life/recovery-plan.ts";
import { createTunnel } from "../../../src/tunnels/life/tunnel.ts";
import { advance, turn } from "../../rig/event-loop.ts";
import {
  createFakeDrivers,
  createFakeTunnel,
  FAKE_TIME,
  type FakeDrivers,
  type FakeTraits,
  type FakeTunnel,
} from "../fake-driver.ts";

export const OWN: Placement = { kind: "own" };

export const POLICY: TunnelPolicy = { recover: true, failover: [], socks: undefined, probe: undefined };

/** Parts of the status of a tunnel `us.conf` without a process, and with that of `createFakeWay()`. */
export const NO_CHILD = { config: "us.conf", ready: false, pid: null, startedAt: null, socks: null };
export const CHILD = {
  config: "us.conf",
  pid: 4_242,
  log: "/logs/4242_us.log",
  startedAt: new Date(FAKE_TIME).toISOString(),
};

/** The tunnel `us.conf` on a fake driver, its delays without jitter, its clock standing still. */
export function createTunnelRig(policy: Partial<TunnelPolicy> = {}) {
  const driver = createFakeDrivers();
  const bus = createEventBus();
  const entries: string[] = [];
  const events: DaemonEvent[] = [];
  const clock = { time: FAKE_TIME };
  const machine = { isReachable: true, looks: 0 };
  bus.subscribe((event) => void events.push(event));
  const tunnel = createTunnel("us.conf", {
    drivers: driver,
    policy: { ...POLICY, ...policy },
    plan: createRecoveryPlan(() => 0.5),
    audit: (category, message) => void entries.push(`${category} ${message}`),
    bus,
    now: () => clock.time,
    isReachable: () => machine.isReachable,
    onLook: () => void machine.looks++,
  });
  return { tunnel, driver, bus, entries, events, clock, machine };
}

export interface RunningTraits extends FakeTraits {
  readonly ready?: boolean;
}

export async function createRunningTunnel({ ready = true, ...traits }: RunningTraits = {}, policy = {}) {
  const rig = createTunnelRig(policy);
  const starting = rig.tunnel.start(ready ? later() : performance.now(), OWN);
  const running: FakeTunnel = rig.driver.launched().succeed(createFakeTunnel(4_242, traits));
  if (ready) running.becomeReady();
  await starting;
  return { ...rig, running };
}

/** Its child dies, and so does every further try, until it is given up; on fake timers. */
export async function dieOften(driver: FakeDrivers, running: FakeTunnel): Promise<void> {
  running.end("died");
  for (const delay of [0, 1_000, 2_000, 5_000, 10_000, 30_000]) {
    await advance(delay);
    driver.launched().fail(new Failure("start-failed", "no"));
  }
  await turn();
}

/** A time that no test reaches. */
export function later(): number {
  return performance.now() + 60_000;
}

/** The steps that an audit log tells of: `idle -> starting`. */
export function stepsIn(entries: readonly string[]): readonly string[] {
  return entries.flatMap((entry) => /^STATE us\.conf: (\S+ -> \S+): /.exec(entry)?.[1] ?? []);
}
