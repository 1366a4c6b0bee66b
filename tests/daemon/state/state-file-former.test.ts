import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../../rig/rejection.ts";
import { createRecord } from "../../tunnels/fake-driver.ts";
import { createStateRig, FIRST_ISO, FIRST_TIME } from "./state-rig.ts";

/** A record as version 1 wrote it. */
const FIRST_VERSION = {
  config: "us.conf",
  configFile: "/confs/us.conf",
  logFile: "/logs/1_us.log",
  pipe: "/pipes/1.pipe",
  program: "/bin/wireproxy",
  startedAt: FIRST_TIME,
  listeners: [{ transport: "tcp", host: "127.0.0.1", port: 25_344 }],
  process: { pid: 1, startTime: "boot:1", executable: "/bin/wireproxy" },
};

describe("a file of version 1", () => {
  test("a file of version 1 is upgraded, its children kept; what it did not tell of them is what was then the rule", () => {
    using rig = createStateRig();
    writeFileSync(rig.path, JSON.stringify({ version: 1, children: [FIRST_VERSION] }));
    const state = rig.open();
    expect(state.children.list()).toEqual([
      {
        ...createRecord("us.conf", 1),
        ...FIRST_VERSION,
        listeners: [{ transport: "tcp", host: "127.0.0.1", port: 25_344 }],
        endpoints: [],
        socks: null,
        socksIsOpen: false,
        ownAddress: true,
      },
    ]);
    expect(rig.onDisk()).toMatchObject({ schema: 2, children: [FIRST_VERSION], tunnels: [], slot: null });
    expect(readdirSync(rig.folder)).toEqual(["state.json"]);
    expect(rig.entries).toEqual([]);
  });

  test("a file of version 1 tells nothing of its daemon, which is dead", () => {
    using rig = createStateRig();
    writeFileSync(rig.path, '{"version":1,"children":[]}');
    expect(rig.open().current().previous).toEqual({
      instanceId: null,
      pid: null,
      state: "crashed",
      stateReason: "detected-dead",
      stoppedAt: FIRST_ISO,
    });
  });
});

describe("a corrupt file", () => {
  test.each([
    ["no JSON", "{bad"],
    ["empty", ""],
    ["cut off", '{"schema":2,"children":['],
    ["children that are none", '{"version":1,"children":[{"config":"us.conf"}]}'],
    ["a state that is none", '{"schema":2,"state":"dancing"}'],
    ["a schema that is none", '{"schema":"two"}'],
    ["a list", "[]"],
    ["a list of numbers", "[1]"],
    ["a number", "7"],
    ["null", "null"],
  ])("a corrupt file is set aside with all it holds, and told once: %s", (_, text) => {
    using rig = createStateRig();
    writeFileSync(rig.path, text);
    const state = rig.open();
    expect([state.children.list(), state.wanted.list(), state.current().previous]).toEqual([[], [], null]);
    const aside = `state.json.corrupt-${FIRST_TIME}`;
    expect(readdirSync(rig.folder).sort()).toEqual(["state.json", aside]);
    expect(readFileSync(join(rig.folder, aside), "utf8")).toBe(text);
    expect(rig.entries).toEqual([expect.stringMatching(/^ERROR .*state\.json is corrupt and was set aside as .*: ./)]);
    state.children.put(createRecord("us.conf"));
    expect(rig.open("second").children.list()).toEqual([createRecord("us.conf")]);
    expect(rig.entries.length).toBe(1);
  });

  test("a corrupt file is kept, of several the newest three", () => {
    using rig = createStateRig();
    for (let count = 0; count < 5; count++) {
      writeFileSync(rig.path, `{${count}`);
      rig.open();
      rig.clock.time += 1;
    }
    const kept = readdirSync(rig.folder).filter((name) => name.includes("corrupt"));
    expect(kept.sort()).toEqual([2, 3, 4].map((count) => `state.json.corrupt-${FIRST_TIME + count}`));
    expect(kept.map((name) => readFileSync(join(rig.folder, name), "utf8"))).toEqual(["{2", "{3", "{4"]);
  });

  test("a corrupt file whose account of the run before is of no use is not corrupt for that", () => {
    using rig = createStateRig();
    const file = {
      schema: 2,
      state: "stopped",
      stateReason: "cli-stop",
      previous: { pid: "?" },
      children: [FIRST_VERSION],
    };
    writeFileSync(rig.path, JSON.stringify(file));
    const state = rig.open();
    expect(state.children.list().length).toBe(1);
    expect(state.current().previous).toMatchObject({ state: "stopped", stateReason: "cli-stop", pid: null });
    expect(rig.entries).toEqual([]);
  });
});

describe("a file of a newer version", () => {
  test.each([
    ["that reads like ours", '{"schema":3,"children":[]}'],
    ["that we do not understand", '{"schema":3,"state":"floating","children":{"us":1}}'],
  ])("%s is refused and not touched", (_, text) => {
    using rig = createStateRig();
    writeFileSync(rig.path, text);
    const failure = failureOf(() => rig.open());
    expect([failure.code, failure.message]).toEqual([
      "state-corrupt",
      `${rig.path} was written by a newer wpdaemon (schema 3)`,
    ]);
    expect(readFileSync(rig.path, "utf8")).toBe(text);
    expect([readdirSync(rig.folder), rig.entries]).toEqual([["state.json"], []]);
  });
});
