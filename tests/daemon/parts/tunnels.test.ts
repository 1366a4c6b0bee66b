import { expect, spyOn, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTunnelsPart, DEFAULT_TUNNEL, type TunnelSettings } from "../../../src/daemon/parts/tunnels.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import * as drivers from "../../../src/tunnels/life/drivers.ts";
import { turn } from "../../rig/event-loop.ts";
import { freePort } from "../../rig/free-port.ts";
import { accepts } from "../../rig/socks.ts";
import { until } from "../../rig/until.ts";
import { createRecord } from "../../tunnels/fake-driver.ts";
import { createStateRig } from "../state/state-rig.ts";

test("whoever cannot wait kills every child on record, and no later process with the number of one", async () => {
  using rig = createStateRig();
  using child = startSleeper();
  using stranger = startSleeper();
  const state = rig.open();
  state.children.put({ ...createRecord("eu.conf", 1), process: { ...stranger.identity, startTime: "of one before" } });
  state.children.put({ ...createRecord("starting.conf", 2), process: null });
  state.children.put({ ...createRecord("us.conf", 3), process: child.identity });
  createPart(rig.folder, state).kill();
  await child.exited;
  expect(identifyProcess(stranger.identity.pid)).toEqual(stranger.identity);
});

test("tunnels that cannot be taken over end the start with one error, which nobody else has to handle", async () => {
  using rig = createStateRig();
  const state = rig.open();
  const broken = Object.defineProperty({ ...state }, "formerSlot", {
    get() {
      throw new Error("the record cannot be read");
    },
  });
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const failure = await createPart(rig.folder, broken)
    .open()
    .catch((error: unknown) => String(error));
  await turn();
  process.off("unhandledRejection", note);
  expect([failure, unhandled]).toEqual(["Error: the record cannot be read", []]);
});

test("what the settings bring up has their port, leaves it in a hand-over, has it again after one that failed, and ends with a stop", async () => {
  using rig = createStateRig();
  const socks = freePort();
  writeConfig(rig.folder, "ws.conf");
  const part = createPart(rig.folder, rig.open(), { ws: { ...DEFAULT_TUNNEL, autostart: true, socks } });
  await part.open();
  await until("it is up", () => accepts(socks));
  await part.freeze();
  expect(await accepts(socks)).toBe(false);
  let isOpen = false;
  part.opened().then(() => {
    isOpen = true;
  });
  await turn();
  // Whoever asks for tunnels now waits for those that a resume opens.
  expect(isOpen).toBe(false);
  await part.resume();
  await until("it is up again", () => accepts(socks));
  expect(isOpen).toBe(true);
  await part.stop();
  expect(await accepts(socks)).toBe(false);
});

test("a port that the settings or a tunnel meant to be up have is reserved for their tunnel, and for no other", async () => {
  using rig = createStateRig();
  using create = spyOn(drivers, "createDrivers");
  const state = rig.open();
  const part = createPart(rig.folder, state, { us: { ...DEFAULT_TUNNEL, socks: 25_350 } });
  await part.open();
  await part.stop();
  const isReserved = create.mock.calls[0]?.[0].isReserved;
  state.wanted.put({ config: "eu.conf", socksPort: 25_351, ownAddress: false });
  const asked = (["us.conf", "eu.conf"] as const).map((owner) =>
    [25_350, 25_351, 25_352].map((port) => isReserved?.(port, owner)),
  );
  expect(asked).toEqual([
    [false, true, false],
    [true, false, false],
  ]);
});

test("a config that is not listed is told in the audit log", async () => {
  using rig = createStateRig();
  const told: string[] = [];
  writeConfig(rig.folder, "not\ta name.conf");
  const part = createPart(rig.folder, rig.open(), {}, (category, message) => void told.push(`${category} ${message}`));
  expect((await part.configs()).list()).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^ERROR config "not\\ta name.conf" is not listed: ./)]);
});

/** A tunnel to a server that is not there, which it goes on looking for. */
function writeConfig(home: string, name: string): void {
  const { configs } = pathsBelow(home);
  mkdirSync(configs, { recursive: true });
  writeFileSync(
    join(configs, name),
    `[LinkSocks]\nUrl = ws://127.0.0.1:9\nToken = t\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`,
  );
}

function createPart(
  home: string,
  state: Parameters<typeof createTunnelsPart>[0]["state"],
  settings: Readonly<Record<string, TunnelSettings>> = {},
  audit: Parameters<typeof createTunnelsPart>[0]["audit"] = () => undefined,
) {
  return createTunnelsPart({
    paths: pathsBelow(home),
    settings,
    range: { from: 1, to: 2 },
    state,
    bus: createEventBus(),
    audit,
    now: Date.now,
    environment: {},
    program: { current: unasked },
    versions: async () => "",
    usesInfoPort: true,
    onQuiet: () => undefined,
    onLook: () => undefined,
  });
}

function unasked(): never {
  throw new Error("nobody asks for this here");
}

/** A process that only waits, in a group of its own. */
function startSleeper() {
  const child = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "ignore", "ignore"], detached: true });
  const identity = identifyProcess(child.pid);
  if (identity === undefined) throw new Error("the process has no identity");
  return { identity, exited: child.exited, [Symbol.dispose]: () => child.kill("SIGKILL") };
}
