import { expect, test } from "bun:test";
import { createTunnelsPart } from "../../../src/daemon/parts/tunnels.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { turn } from "../../rig/event-loop.ts";
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

function createPart(home: string, state: Parameters<typeof createTunnelsPart>[0]["state"]) {
  return createTunnelsPart({
    paths: pathsBelow(home),
    settings: {},
    range: { from: 1, to: 2 },
    state,
    bus: createEventBus(),
    audit: () => undefined,
    now: Date.now,
    environment: {},
    program: { current: unasked },
    versions: async () => "",
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
