import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openTunnels } from "../../../src/daemon/parts/open-tunnels.ts";
import { DEFAULT_TUNNEL, type TunnelSettings } from "../../../src/daemon/parts/tunnels.ts";
import { createEventBus, type DaemonEvent } from "../../../src/events/bus.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { turn } from "../../rig/event-loop.ts";
import { createFakeDrivers, type FakeDrivers } from "../../tunnels/fake-driver.ts";
import { later } from "../../tunnels/life/tunnel-rig.ts";
import { createStateRig } from "../state/state-rig.ts";

export async function createRoom(
  tunnels: Readonly<Record<string, TunnelSettings>>,
  given?: ReturnType<typeof createStateRig>,
  driver: FakeDrivers = createFakeDrivers(),
) {
  const state = given ?? createStateRig();
  const file = state.open("the room's");
  const entries: string[] = [];
  const configFolder = join(state.folder, "configs");
  mkdirSync(configFolder, { recursive: true });
  const networkWatchers = new Set<() => void>();
  const watch = (onChange: () => void) => {
    networkWatchers.add(onChange);
    return { stop: () => void networkWatchers.delete(onChange) };
  };
  const bus = createEventBus();
  const events: DaemonEvent[] = [];
  bus.subscribe((event) => void events.push(event));
  let listeners = 0;
  const subscribe: typeof bus.subscribe = (listener) => {
    const unsubscribe = bus.subscribe(listener);
    listeners += 1;
    return () => {
      listeners -= 1;
      unsubscribe();
    };
  };
  let looks = 0;
  const room = await openTunnels({
    drivers: driver,
    configFolder,
    findConfig(name) {
      const full = `${name.replace(/\.conf$/, "")}.conf`;
      if (full === "us.conf" || full === "eu.conf") return full;
      throw new Failure("config-not-found", `Configuration not found: ${full}`);
    },
    settingsOf: (name) => tunnels[name] ?? DEFAULT_TUNNEL,
    autostart: Object.keys(tunnels).filter((name) => tunnels[name]?.autostart),
    watch,
    state: file,
    bus: { ...bus, subscribe },
    audit: (category, message) => void entries.push(`${category} ${message}`),
    now: () => state.clock.time,
    onLook() {
      looks += 1;
    },
  });
  return {
    room,
    driver,
    entries,
    events,
    looks: () => looks,
    /** How many functions of the room the bus calls. */
    listeners: () => listeners,
    changeNetwork: () => [...networkWatchers].map((tell) => tell()).length,
    state,
    file,
    config: join(configFolder, "us.conf"),
    async [Symbol.asyncDispose]() {
      await room.stop();
      if (given === undefined) state[Symbol.dispose]();
    },
  };
}

export async function bringUp({ room, driver }: Awaited<ReturnType<typeof createRoom>>, name: string) {
  const up = room.manager.up(name, later());
  await turn();
  const running = driver.launched().succeed();
  running.becomeReady();
  await up;
  return running;
}
