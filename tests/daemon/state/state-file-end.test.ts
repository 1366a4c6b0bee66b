import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRecord } from "../../tunnels/fake-driver.ts";
import { createStateRig, endedProcess, FIRST_ISO } from "./state-rig.ts";

const LATER_ISO = "2026-01-01T00:01:00.000Z";

test("what the daemon is about is told with its reason and time", () => {
  using rig = createStateRig();
  const state = rig.open();
  rig.clock.time += 60_000;
  state.setState("running", "degraded-no-program", "wireproxy is missing");
  expect(rig.onDisk()).toMatchObject({
    state: "running",
    stateReason: "degraded-no-program",
    stateDetail: "wireproxy is missing",
    stateSince: LATER_ISO,
    startTimeIso: FIRST_ISO,
    pid: process.pid,
    exitCode: null,
    previous: null,
  });
  state.setState("running", "ready");
  expect(state.current()).toMatchObject({ stateReason: "ready", stateDetail: null });
});

describe("and -2: after its end", () => {
  test.each([
    ["stopped", "signal-SIGTERM", 0],
    ["stopped", "cli-stop", 0],
    ["stopped", "lost-ownership", 0],
    ["crashed", "exception", 70],
    ["crashed", "forced-exit", 1],
    ["failed", "port-unavailable", 71],
    ["failed", "startup-exception", 71],
  ] as const)("%s, %s, exit code %d: the file stays, without a number that could be signalled", (word, why, code) => {
    using rig = createStateRig();
    const state = rig.open();
    rig.clock.time += 60_000;
    state.setState(word, why, "its words");
    const written = rig.onDisk();
    expect(written).toMatchObject({
      state: word,
      stateReason: why,
      stateDetail: "its words",
      exitCode: code,
      instanceId: "first",
      previous: { instanceId: "first", pid: process.pid, state: word, stateReason: why, stoppedAt: LATER_ISO },
    });
    expect(written).not.toContainAnyKeys(["pid", "process", "httpPort"]);
    expect(JSON.stringify(written)).not.toContain('"pid":0');
  });

  test("what is written later does not bring the number back", () => {
    using rig = createStateRig();
    const state = rig.open();
    state.children.put(createRecord("us.conf"));
    state.setState("crashed", "exception");
    state.children.remove(createRecord("us.conf").logFile);
    expect(rig.onDisk()).not.toContainKey("pid");
    expect(rig.onDisk()).toMatchObject({ state: "crashed", children: [] });
  });

  test.each(["starting", "running", "stopping"] as const)(
    "the number of a daemon stands in the file while it is %s",
    (word) => {
      using rig = createStateRig();
      rig.open().setState(word, "ready");
      expect(rig.onDisk()).toMatchObject({ pid: process.pid, exitCode: null });
    },
  );
});

describe("previous", () => {
  test("`previous` is the run before, one level, with its number", () => {
    using rig = createStateRig();
    rig.open().setState("stopped", "cli-stop");
    rig.clock.time += 60_000;
    const second = rig.open("second");
    const first = {
      instanceId: "first",
      pid: process.pid,
      state: "stopped",
      stateReason: "cli-stop",
      stoppedAt: FIRST_ISO,
    };
    expect(second.current().previous).toMatchObject(first);
    second.setState("stopped", "signal-SIGINT");
    expect(rig.open("third").current().previous).toMatchObject({ instanceId: "second", stateReason: "signal-SIGINT" });
  });

  test("one that was to run and is dead has crashed, found dead now", async () => {
    using rig = createStateRig();
    const identity = await endedProcess();
    rig.open("first", identity).setState("running", "ready");
    rig.clock.time += 60_000;
    expect(rig.open("second").current().previous).toEqual({
      instanceId: "first",
      pid: identity.pid,
      state: "crashed",
      stateReason: "detected-dead",
      stoppedAt: LATER_ISO,
    });
  });

  test("one that still lives although the lock is ours hands over", () => {
    using rig = createStateRig();
    rig.open().setState("running", "ready");
    expect(rig.open("second").current().previous).toMatchObject({
      instanceId: "first",
      state: "stopped",
      stateReason: "handover",
    });
  });
});

describe("a heartbeat", () => {
  test("a heartbeat writes the time, and nothing else", () => {
    using rig = createStateRig();
    const state = rig.open();
    const before = state.current();
    rig.clock.time += 60_000;
    expect(state.beat()).toBe(true);
    expect(rig.onDisk()).toEqual({ ...before, lastHeartbeat: LATER_ISO, lastHeartbeatIso: LATER_ISO });
  });

  test("a heartbeat notices another owner, and leaves its file alone", () => {
    using rig = createStateRig();
    const first = rig.open();
    rig.open("second");
    const written = readFileSync(rig.path, "utf8");
    expect(first.beat()).toBe(false);
    expect(readFileSync(rig.path, "utf8")).toBe(written);
  });

  test("a heartbeat writes a file anew that somebody removed", () => {
    using rig = createStateRig();
    const state = rig.open();
    rmSync(rig.path);
    expect(state.beat()).toBe(true);
    expect(rig.onDisk()).toMatchObject({ instanceId: "first" });
  });

  test("a heartbeat mends a file that somebody has spoilt", () => {
    using rig = createStateRig();
    const state = rig.open();
    writeFileSync(rig.path, "{bad");
    expect(state.beat()).toBe(true);
    expect(rig.onDisk()).toMatchObject({ instanceId: "first" });
  });

  test("a heartbeat does not take a file that cannot be read for once for another's", () => {
    using rig = createStateRig();
    const state = rig.open();
    rmSync(rig.path);
    Bun.spawnSync(["mkdir", rig.path]);
    expect(state.beat()).toBe(true);
    expect(rig.entries.length).toBe(1);
  });
});

describe("letting go for a successor", () => {
  const writes: readonly [string, (state: ReturnType<ReturnType<typeof createStateRig>["open"]>) => unknown][] = [
    ["children.put", (state) => state.children.put(createRecord("eu.conf", 7))],
    ["children.remove", (state) => state.children.remove(createRecord("us.conf").logFile)],
    ["wanted.remove", (state) => state.wanted.remove("us.conf")],
    ["setSlot", (state) => state.setSlot("eu.conf")],
    ["setState", (state) => state.setState("stopped", "cli-stop")],
    ["beat", (state) => state.beat()],
  ];

  test.each(writes)("%s writes nothing any more", (_, write) => {
    using rig = createStateRig();
    const state = rig.open();
    state.children.put(createRecord("us.conf"));
    state.freeze();
    writeFileSync(rig.path, "the successor's");
    write(state);
    expect(readFileSync(rig.path, "utf8")).toBe("the successor's");
  });

  test("it counts as the owner until it ends", () => {
    using rig = createStateRig();
    const state = rig.open();
    state.freeze();
    rig.open("second");
    expect(state.beat()).toBe(true);
  });

  test("where the successor gives up, everything is written again as it stands here", () => {
    using rig = createStateRig();
    const state = rig.open();
    state.setState("running", "ready");
    state.children.put(createRecord("us.conf"));
    state.freeze();
    rig.open("second").children.remove(createRecord("us.conf").logFile);
    state.resume();
    expect(rig.onDisk()).toEqual(state.current());
    expect(rig.onDisk()).toMatchObject({ instanceId: "first", state: "running", children: [{ config: "us.conf" }] });
  });
});
