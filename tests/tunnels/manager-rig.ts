import { createEventBus, type DaemonEvent } from "../../src/events/bus.ts";
import { Failure } from "../../src/platform/failure.ts";
import { createArgusSlot } from "../../src/tunnels/argus-slot.ts";
import type { ChildRecord, WantedTunnel } from "../../src/tunnels/driver/child-record.ts";
import type { TunnelPolicy } from "../../src/tunnels/life/life.ts";
import { createTunnelManager } from "../../src/tunnels/manager.ts";
import { turn } from "../rig/event-loop.ts";
import {
  createFakeDrivers,
  createFakeRegister,
  createFakeTunnel,
  createFakeWanted,
  FAKE_TIME,
  type FakeTraits,
  type FakeTunnel,
} from "./fake-driver.ts";
import { POLICY } from "./life/tunnel-rig.ts";

export interface ManagerRigOptions {
  readonly records?: readonly ChildRecord[];
  readonly wanted?: readonly WantedTunnel[];
  /** What differs from the default, by config. */
  readonly policies?: Readonly<Record<string, Partial<TunnelPolicy>>>;
  /** Why a config is not to be brought up by itself. */
  readonly blame?: Readonly<Record<string, string>>;
}

/** A manager of the configs `us.conf` and `eu.conf` on a fake driver, with registers that a next one can be given. */
export function createManagerRig({
  records = [],
  wanted: known = [],
  policies = {},
  blame = {},
}: ManagerRigOptions = {}) {
  const fake = createFakeDrivers();
  const register = createFakeRegister(records);
  const wanted = createFakeWanted(known);
  const bus = createEventBus();
  const events: DaemonEvent[] = [];
  const entries: string[] = [];
  const configs = new Set(["us.conf", "eu.conf"]);
  bus.subscribe((event) => void events.push(event));
  const manager = createTunnelManager({
    drivers: fake,
    findConfig(name) {
      const full = name.endsWith(".conf") ? name : `${name}.conf`;
      if (configs.has(full)) return full;
      throw new Failure("config-not-found", `Configuration not found: ${full}`);
    },
    policyOf: (config) => ({ ...POLICY, ...policies[config] }),
    register,
    wanted,
    blame: (config) => blame[config],
    audit: (category, message) => void entries.push(`${category} ${message}`),
    bus,
    now: () => FAKE_TIME,
    isReachable: () => true,
    onLook: () => undefined,
  });
  const driver = Object.assign(fake, {
    /** The launch that is under way once every promise that can has settled. */
    async next() {
      await turn();
      return fake.launched();
    },
  });
  return { driver, register, wanted, manager, entries, events, configs };
}

/** As `createManagerRig`, with the slot. */
export function createSlotRig(options: ManagerRigOptions = {}) {
  const rig = createManagerRig(options);
  return { ...rig, slot: createArgusSlot(rig.manager) };
}

/** `us.conf` runs in the slot. */
export async function createRunningSlot(traits: FakeTraits = {}, options: ManagerRigOptions = {}) {
  const rig = createSlotRig(options);
  const starting = rig.slot.spinUp("us");
  const running = (await rig.driver.next()).succeed(createFakeTunnel(4_242, traits));
  running.becomeReady();
  await starting;
  return { ...rig, running };
}

/** The child's stop lasts until the test lets it end. */
export function holdStop(running: FakeTunnel): () => void {
  const gate = Promise.withResolvers<void>();
  running.stopWith(async () => {
    await gate.promise;
    running.end("graceful");
  });
  return gate.resolve;
}
