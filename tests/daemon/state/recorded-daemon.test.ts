import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { readRecordedDaemon } from "../../../src/daemon/state/recorded-daemon.ts";
import { failureOf } from "../../rig/rejection.ts";
import { createStateRig, endedProcess, FIRST_ISO, ourselves } from "./state-rig.ts";

test("where there is no file, no daemon is on record", () => {
  using rig = createStateRig();
  expect(readRecordedDaemon({ state: rig.path })).toBeUndefined();
});

test("one that runs is told with its process", () => {
  using rig = createStateRig();
  rig.open().setState("running", "degraded-no-program", "it is being downloaded");
  expect(readRecordedDaemon({ state: rig.path })).toEqual({
    process: ourselves(),
    instanceId: "first",
    state: "running",
    stateReason: "degraded-no-program",
    stateDetail: "it is being downloaded",
    stateSince: FIRST_ISO,
  });
});

test("one that has ended is told as it said itself", () => {
  using rig = createStateRig();
  rig.open().setState("crashed", "exception", "boom");
  expect(readRecordedDaemon({ state: rig.path })).toEqual({
    process: undefined,
    instanceId: "first",
    state: "crashed",
    stateReason: "exception",
    stateDetail: "boom",
    stateSince: FIRST_ISO,
  });
});

describe("one that was to run and does not", () => {
  test("one that was to run and does not was killed, and the file is left as it is", async () => {
    using rig = createStateRig();
    rig.open("first", await endedProcess()).setState("running", "ready");
    const written = readFileSync(rig.path, "utf8");
    expect(readRecordedDaemon({ state: rig.path })).toMatchObject({
      process: undefined,
      state: "crashed",
      stateReason: "detected-dead",
    });
    expect(readFileSync(rig.path, "utf8")).toBe(written);
  });

  test.each(["starting", "stopping"] as const)("one that was to run and does not was %s when it died", async (word) => {
    using rig = createStateRig();
    rig.open("first", await endedProcess()).setState(word, "cli-stop");
    expect(readRecordedDaemon({ state: rig.path })).toMatchObject({ state: "crashed", stateReason: "detected-dead" });
  });

  test("one that was to run and does not has left its number to another process, which is not it", () => {
    using rig = createStateRig();
    rig.open("first", { ...ourselves(), startTime: "another time" }).setState("running", "ready");
    expect(readRecordedDaemon({ state: rig.path })).toMatchObject({
      process: undefined,
      state: "crashed",
      stateReason: "detected-dead",
    });
  });

  test("one that was to run and does not has died and was not reaped yet", async () => {
    using rig = createStateRig();
    // The shell becomes a program that never asks for its child's end, so that the child stays a zombie.
    const parent = Bun.spawn(["sh", "-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const { value } = await parent.stdout.getReader().read();
      const pid = Number(new TextDecoder().decode(value));
      expect(pid).toBeGreaterThan(0);
      rig.open("first", { pid, startTime: "any", executable: "/bin/sleep" }).setState("running", "ready");
      expect(readRecordedDaemon({ state: rig.path })).toMatchObject({ process: undefined, state: "crashed" });
    } finally {
      parent.kill("SIGKILL");
      await parent.exited;
    }
  });

  test("one that was to run and does not was one of version 1, which told nothing of itself", () => {
    using rig = createStateRig();
    writeFileSync(rig.path, '{"version":1,"children":[]}');
    expect(readRecordedDaemon({ state: rig.path })).toEqual({
      process: undefined,
      instanceId: undefined,
      state: "crashed",
      stateReason: "detected-dead",
      stateDetail: null,
      stateSince: undefined,
    });
  });
});

test.each(["{bad", "", "[1]", "[]", "null", "7", '{"state":7}', '{"process":{"pid":"1"}}'])(
  "a file that cannot be understood is told, and left to the next daemon: %s",
  (text) => {
    using rig = createStateRig();
    writeFileSync(rig.path, text);
    const failure = failureOf(() => readRecordedDaemon({ state: rig.path }));
    expect([failure.code, failure.message]).toEqual(["state-corrupt", `${rig.path} cannot be read`]);
    expect(readFileSync(rig.path, "utf8")).toBe(text);
  },
);

test("one of a newer version is told as far as it is understood", () => {
  using rig = createStateRig();
  const file = {
    schema: 3,
    instanceId: "newer",
    state: "floating",
    stateReason: "new",
    process: ourselves(),
    more: [1],
  };
  writeFileSync(rig.path, JSON.stringify(file));
  expect(readRecordedDaemon({ state: rig.path })).toMatchObject({
    instanceId: "newer",
    state: "floating",
    process: ourselves(),
  });
});
