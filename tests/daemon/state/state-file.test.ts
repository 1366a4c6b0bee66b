import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WantedTunnel } from "../../../src/tunnels/driver/child-record.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { systemCodeOf } from "../../rig/rejection.ts";
import { createRecord } from "../../tunnels/fake-driver.ts";
import { createStateRig, FIRST_ISO, ourselves } from "./state-rig.ts";

const WANTED: WantedTunnel = { config: "us.conf", socksPort: null, ownAddress: true };

test("a new file tells who runs since when, in the names of both versions", () => {
  using rig = createStateRig();
  rig.open();
  expect(rig.onDisk()).toEqual({
    schema: 2,
    state: "starting",
    stateReason: "cli-start",
    stateDetail: null,
    stateSince: FIRST_ISO,
    instanceId: "first",
    pid: process.pid,
    process: ourselves(),
    processStartedAt: Math.round(performance.timeOrigin),
    startTime: FIRST_ISO,
    startTimeIso: FIRST_ISO,
    startedWithCliVersion: "9.8.7",
    lastHeartbeat: FIRST_ISO,
    lastHeartbeatIso: FIRST_ISO,
    daemonLogPath: "/logs/daemon.log",
    exitCode: null,
    slot: null,
    standings: [],
    sessions: [],
    children: [],
    tunnels: [],
    handOvers: [],
    brokenStarts: [],
    ends: [],
    starting: [],
    previous: null,
  });
  expect(rig.entries).toEqual([]);
});

test("the file is for the owner alone, after every write", () => {
  using rig = createStateRig();
  const state = rig.open();
  const modes = [
    () => undefined,
    () => state.setState("running", "ready"),
    () => state.children.put(createRecord("us.conf")),
  ];
  for (const write of modes) {
    write();
    expect(modeOf(rig.path)).toBe(0o600);
  }
  expect(readdirSync(rig.folder)).toEqual(["state.json"]);
});

test("who runs, in what state and how it ended outlives a power cut; records of processes, which do not, wait for no disk", async () => {
  using rig = createStateRig();
  const whole = ["sync draft of state.json", "rename state.json", "sync wpdaemon/"];
  // A client waits for it, and what says that the daemon runs comes a moment later.
  expect(await recordDiskCalls(() => rig.open())).toEqual(["rename state.json"]);
  const state = rig.open();
  expect(await recordDiskCalls(() => state.setState("running", "ready"))).toEqual(whole);
  expect(await recordDiskCalls(() => state.children.put(createRecord("us.conf")))).toEqual(["rename state.json"]);
  state.freeze();
  expect(await recordDiskCalls(() => state.resume())).toEqual(whole);
});

describe("children", () => {
  test("children are on disk when put returns, and the next daemon reads them", () => {
    using rig = createStateRig();
    const { children } = rig.open();
    const records = [createRecord("us.conf", 1), { ...createRecord("eu.conf", 2), process: null }];
    for (const [index, record] of records.entries()) {
      children.put(record);
      expect(rig.onDisk()).toMatchObject({ children: records.slice(0, index + 1) });
    }
    expect(rig.open("second").children.list()).toEqual(records);
  });

  test("children replace the record with the same log, and keep the others", () => {
    using rig = createStateRig();
    const { children } = rig.open();
    const [first, second] = [createRecord("us.conf", 1), createRecord("eu.conf", 2)];
    children.put({ ...first, process: null });
    children.put(second);
    children.put(first);
    expect(children.list()).toEqual([second, first]);
    expect(rig.open("second").children.list()).toEqual([second, first]);
  });

  test("children are off the disk when remove returns; of what is not there it changes nothing", () => {
    using rig = createStateRig();
    const { children } = rig.open();
    const [first, second] = [createRecord("us.conf", 1), createRecord("eu.conf", 2)];
    children.put(first);
    children.put(second);
    children.remove(first.logFile);
    children.remove("/logs/unknown.log");
    expect(children.list()).toEqual([second]);
    expect(rig.onDisk()).toMatchObject({ children: [second] });
  });
});

describe("tunnels that are meant to be up", () => {
  test("tunnels that are meant to be up are on disk, one of each config, until they are removed", () => {
    using rig = createStateRig();
    const { wanted } = rig.open();
    const other = { ...WANTED, config: "eu.conf", socksPort: 25_350, ownAddress: false };
    wanted.put({ ...WANTED, socksPort: 1 });
    wanted.put(other);
    wanted.put(WANTED);
    expect(rig.onDisk()).toMatchObject({ tunnels: [other, WANTED] });
    wanted.remove("eu.conf");
    expect(rig.open("second").wanted.list()).toEqual([WANTED]);
  });

  test("the one in the slot is known to the next daemon", () => {
    using rig = createStateRig();
    const state = rig.open();
    expect(state.formerSlot).toBeUndefined();
    state.setSlot("us.conf");
    const second = rig.open("second");
    expect(second.formerSlot).toBe("us.conf");
    second.setSlot(undefined);
    expect(rig.open("third").formerSlot).toBeUndefined();
  });

  test("the slot is written only where it is another one", () => {
    using rig = createStateRig();
    const state = rig.open();
    state.setSlot("us.conf");
    rmSync(rig.path);
    state.setSlot("us.conf");
    expect(readdirSync(rig.folder)).toEqual([]);
  });
});

describe("where nothing can be written", () => {
  test("where nothing can be written, put of a child throws and forgets: what is not on disk is not relied upon", () => {
    using rig = createStateRig();
    const state = rig.open();
    rmSync(rig.folder, { recursive: true });
    expect(systemCodeOf(() => state.children.put(createRecord("us.conf")))).toBe("ENOENT");
    expect(state.children.list()).toEqual([]);
  });

  test.each<[string, (state: ReturnType<ReturnType<typeof createStateRig>["open"]>) => unknown]>([
    ["remove", (state) => state.children.remove(createRecord("us.conf").logFile)],
    ["a tunnel that is meant to be up", (state) => state.wanted.put(WANTED)],
    ["the slot", (state) => state.setSlot("us.conf")],
    ["the state", (state) => state.setState("running", "ready")],
    ["the heartbeat", (state) => state.beat()],
  ])("%s does not throw: it is told", (_, write) => {
    using rig = createStateRig();
    const state = rig.open();
    rmSync(rig.folder, { recursive: true });
    write(state);
    expect(rig.entries).toEqual([expect.stringMatching(/^ERROR cannot write .*state\.json: ENOENT/)]);
  });

  test("where nothing can be written, what could not be written stands in the next write", () => {
    using rig = createStateRig();
    const state = rig.open();
    state.children.put(createRecord("us.conf"));
    rmSync(rig.path);
    // A folder in its place cannot be replaced by a file.
    Bun.spawnSync(["mkdir", rig.path]);
    state.children.remove(createRecord("us.conf").logFile);
    state.wanted.put(WANTED);
    rmSync(rig.path, { recursive: true });
    state.setState("running", "ready");
    expect(rig.onDisk()).toMatchObject({ state: "running", children: [], tunnels: [WANTED] });
    expect(readdirSync(rig.folder)).toEqual(["state.json"]);
  });
});

test("a reader that polls 1,000 times during writes never sees a part of the file", async () => {
  using rig = createStateRig();
  const state = rig.open();
  const reader = Bun.spawn(
    [
      process.execPath,
      "-e",
      `for (let count = 0; count < 1000; count++) {
         const read = JSON.parse(require("node:fs").readFileSync(${JSON.stringify(rig.path)}, "utf8"));
         if (read.schema !== 2 || !Array.isArray(read.children)) throw new Error("a part");
       }`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let writes = 0;
  const ended = reader.exited.then(() => true);
  for (; !(await Promise.race([ended, Bun.sleep(0)])); writes++) {
    const record = createRecord(`us${writes % 9}.conf`, writes % 9);
    state.children.put({ ...record, endpoints: Array.from({ length: writes % 50 }, (_, index) => `peer${index}`) });
    state.setState("running", "ready");
  }
  expect([await reader.stderr.text(), reader.exitCode]).toEqual(["", 0]);
  expect(writes).toBeGreaterThan(0);
});

test("drafts that a killed daemon left are swept away, other files are not", () => {
  using rig = createStateRig();
  for (const name of ["state.json.99.abcdef01.tmp", "config.yaml", "other.tmp", "state.json.corrupt-1"]) {
    writeFileSync(join(rig.folder, name), "{");
  }
  rig.open();
  expect(readdirSync(rig.folder).sort()).toEqual(["config.yaml", "other.tmp", "state.json", "state.json.corrupt-1"]);
});
