import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createRecord } from "../../tunnels/fake-driver.ts";
import { createStateRig, endedProcess, FIRST_ISO } from "./state-rig.ts";

describe("a daemon that ends by a fault", () => {
  test("its end is on disk when the call returns, with the tunnel that caused it, and the next daemon knows of it", () => {
    using rig = createStateRig();
    rig.open("first").crash("exception", "Error: a defect\n  at x", "us.conf");
    const end = { at: FIRST_ISO, config: "us.conf", detail: "Error: a defect\n  at x" };
    expect(rig.onDisk()).toMatchObject({ state: "crashed", stateReason: "exception", ends: [end] });
    expect(rig.open("second").current().ends).toEqual([end]);
  });

  test("three ends within a minute by one tunnel are blamed on it, and on no other", () => {
    using rig = createStateRig();
    for (const id of ["first", "second", "third"]) {
      expect(rig.open(id).blame("us.conf")).toBeUndefined();
      rig.open(id).crash("exception", `Error: ${id}\n  at x`, "us.conf");
      rig.clock.time += 29_000;
    }
    const state = rig.open("fourth");
    expect(state.blame("us.conf")).toBe("it has ended the daemon 3 times within a minute: Error: third");
    expect(state.blame("eu.conf")).toBeUndefined();
    rig.clock.time += 600_000;
    expect(rig.open("fifth").blame("us.conf")).toBeUndefined();
  });

  test("ends that are further apart, of several tunnels, or of nobody known are blamed on none", () => {
    using rig = createStateRig();
    for (const config of ["us.conf", "eu.conf", undefined, "us.conf", undefined, undefined]) {
      rig.open().crash("exception", "a defect", config);
    }
    rig.clock.time += 61_000;
    rig.open().crash("exception", "a defect", "us.conf");
    const state = rig.open();
    expect([state.blame("us.conf"), state.blame("eu.conf"), state.current().ends.length]).toEqual([
      undefined,
      undefined,
      7,
    ]);
  });

  test("a process that ends without a word is blamed on the tunnels that it was starting, and not on those that were up", async () => {
    using rig = createStateRig();
    const dead = await endedProcess();
    for (const id of ["first", "second", "third"]) {
      const state = rig.open(id, dead);
      expect(state.blame("us.conf")).toBeUndefined();
      state.noteStart("eu.conf")();
      state.noteStart("us.conf");
      rig.clock.time += 20_000;
    }
    const state = rig.open("fourth");
    expect(state.blame("us.conf")).toBe(
      "it has ended the daemon 3 times within a minute: its process ended without a word while this tunnel was being started",
    );
    expect(state.blame("eu.conf")).toBeUndefined();
    expect(state.current()).toMatchObject({ starting: [], ends: [] });
  });

  test("a daemon that stops in good order while a tunnel is starting is not blamed on it", async () => {
    using rig = createStateRig();
    const dead = await endedProcess();
    for (const id of ["first", "second", "third"]) {
      const state = rig.open(id, dead);
      state.noteStart("us.conf");
      state.close("signal-SIGTERM");
    }
    expect(rig.open("fourth").blame("us.conf")).toBeUndefined();
  });

  test("ten ends are kept at most, each with a bounded text", () => {
    using rig = createStateRig();
    for (let index = 0; index < 12; index += 1)
      rig.open().crash("exception", `${index} ${"x".repeat(9_000)}`, undefined);
    const { ends } = rig.open().current();
    expect(ends.length).toBe(10);
    expect(ends[0]?.detail).toStartWith("2 x");
    expect(ends[0]?.detail.length).toBe(2_000);
  });
});

describe("a state file with what nobody should have written", () => {
  test("a reason that another version knows is no fault of the file, and its children are kept", () => {
    using rig = createStateRig();
    const children = [createRecord("us.conf", 1)];
    writeFileSync(rig.path, JSON.stringify({ schema: 2, state: "stopped", stateReason: "package-removed", children }));
    const state = rig.open();
    expect(state.children.list()).toEqual(children);
    expect(state.current().previous).toMatchObject({ state: "stopped", stateReason: "detected-dead" });
    expect(rig.entries).toEqual([]);
  });

  test("a start that no calendar knows counts as 1970, and the child is kept", () => {
    using rig = createStateRig();
    const children = [{ ...createRecord("us.conf", 1), startedAt: 9e15 }];
    writeFileSync(rig.path, JSON.stringify({ schema: 2, children }));
    expect(rig.open().children.list()).toMatchObject([{ config: "us.conf", startedAt: 0 }]);
    expect(rig.entries).toEqual([]);
  });

  test("ends that cannot be read are left out, and the rest of the file is kept", () => {
    using rig = createStateRig();
    writeFileSync(rig.path, JSON.stringify({ schema: 2, slot: "us.conf", ends: [{ at: 3 }] }));
    const state = rig.open();
    expect([state.current().ends, state.formerSlot]).toEqual([[], "us.conf"]);
  });
});
