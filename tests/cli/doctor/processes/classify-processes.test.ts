import { describe, expect, test } from "bun:test";
import { classifyProcesses, type Evidence } from "../../../../src/cli/doctor/processes/classify-processes.ts";
import type { RunningProcess } from "../../../../src/platform/process/process-list.ts";
import { childRecord } from "../../../rig/child-record.ts";

const HOME = "/home/me/.argus";
const CONFIG = `${HOME}/wireproxy_confs/us.conf`;
const WIREPROXY = ["/opt/wireproxy", "-c", CONFIG];
const DAEMON = ["/usr/bin/wpdaemon", "--daemon", "--home", HOME];

test("the daemon that serves, and this command, are known by number", () => {
  const found = classify([running(10, DAEMON), running(11, ["wpdaemon", "doctor"])], { daemons: [10], self: 11 });
  expect(found).toEqual({ 10: "daemon-current", 11: "self" });
});

describe("another daemon of this home", () => {
  const other = (changes: Partial<RunningProcess> = {}) => running(12, DAEMON, changes);

  test("another daemon of this home is stale where both have settled", () => {
    expect(classify([running(10, DAEMON), other()], { daemons: [10] })).toEqual({
      10: "daemon-current",
      12: "daemon-stale",
    });
    expect(classify([other()], {})).toEqual({ 12: "daemon-stale" });
  });

  test("another daemon of this home starts or leaves where one of them is young", () => {
    const young = { ageMilliseconds: 60_000 };
    expect(classify([other(young)], {})).toEqual({ 12: "daemon-changing" });
    expect(classify([running(10, DAEMON, young), other()], { daemons: [10] })[12]).toBe("daemon-changing");
  });

  test("another daemon of this home is known by the lock that it has open where it names no home", () => {
    const nameless = running(12, ["wpdaemon", "-d"]);
    expect(classify([nameless], {})).toEqual({});
    expect(classify([nameless], { openFiles: new Map([[12, ["/lock"]]]) })).toEqual({ 12: "daemon-stale" });
  });

  test.each([
    [["wpdaemon", "--daemon", "--home", "/elsewhere"]],
    [["wpdaemon", "--daemon", "--home", "relative"]],
    [["wpdaemon", "run", "--via", "us", "--", "x", "--daemon", "--home", HOME]],
  ])("the command line %j is no daemon", (words) => {
    expect(classify([running(12, words)], {})).toEqual({});
  });

  test("another daemon of this home may run from its sources", () => {
    const words = ["/usr/bin/bun", "/src/main.ts", "--daemon", `--home=${HOME}`];
    expect(classify([running(12, words)], {})).toEqual({ 12: "daemon-stale" });
    expect(classify([running(12, words)], { entry: "/other.ts" })).toEqual({});
  });
});

describe("what merely mentions us is not ours", () => {
  test.each([
    [["vim", `wpdaemon --daemon --home ${HOME}`]],
    [["vim", "wpdaemon", "--daemon", "--home", HOME]],
    [["sh", "-c", `wpdaemon --daemon --home ${HOME}`]],
    [["vim", "-c", CONFIG]],
    [["vim", "wireproxy", "-c", CONFIG]],
    [["grep", `wireproxy -c ${CONFIG}`]],
    [["/opt/wireproxy", `-c ${CONFIG}`]],
    [["/opt/wireproxy", "-c", "/elsewhere/us.conf"]],
    [["/opt/wireproxy", "-c", `${HOME}/wireproxy_confs/../../us.conf`]],
    [["/opt/wireproxy", "-c", `${HOME}/wireproxy_confs.old/us.conf`]],
    [["/opt/wireproxy-notes", "-c", CONFIG]],
  ])("what merely mentions us is not ours: %j", (words) => {
    expect(classify([running(20, words, { parent: 1 })], {})).toEqual({});
  });
});

describe("a wireproxy with a config of this home", () => {
  test("a wireproxy with a config of this home is an orphan where its parent is dead and no record has it", () => {
    for (const words of [
      WIREPROXY,
      ["wireproxy", `--config=${CONFIG}`],
      ["wireproxy", "-c", `${HOME}/derived/x.conf`],
    ]) {
      expect(classify([running(20, words, { parent: 1 })], { daemons: [10] })).toEqual({ 20: "tunnel-orphan" });
    }
  });

  test("a wireproxy with a config of this home may be called otherwise where the settings name it", () => {
    const words = ["/opt/wp-1.1.3", "-c", CONFIG];
    expect(classify([running(20, words, { parent: 1 })], {})).toEqual({});
    expect(classify([running(20, words, { parent: 1 })], { programs: ["/opt/wp-1.1.3"] })).toEqual({
      20: "tunnel-orphan",
    });
  });

  test("a wireproxy with a config of this home is somebody else's where its parent lives, and the daemon's where that is its parent", () => {
    const owner = running(5, ["python3", "wpd.py"]);
    expect(classify([owner, running(20, WIREPROXY, { parent: 5 })], {})).toEqual({ 20: "tunnel-foreign" });
    const daemon = running(10, DAEMON);
    expect(classify([daemon, running(20, WIREPROXY, { parent: 10 })], { daemons: [10] })[20]).toBe("tunnel-tracked");
  });

  test("a wireproxy with a config of this home is an orphan by its pipe, whoever is its parent and whatever it is called", () => {
    const openFiles = new Map([[20, ["/pipes/1_us.log.pipe"]]]);
    const wrapped = running(20, ["/bin/sh", "/opt/wrapper", "-c", CONFIG], { parent: 5 });
    expect(classify([wrapped], { openFiles })).toEqual({ 20: "tunnel-orphan" });
    expect(classify([running(20, ["cat", "/pipes/1_us.log.pipe"])], { openFiles })).toEqual({});
  });
});

describe("a process on record", () => {
  const child = running(20, WIREPROXY, { parent: 1 });
  const children = [childRecord({ process: { pid: 20, startTime: "start of 20", executable: "/opt/wireproxy" } })];

  test("a process on record is tracked while a daemon lives, and an orphan when that is dead", () => {
    expect(classify([child], { children, daemonLives: true })).toEqual({ 20: "tunnel-tracked" });
    expect(classify([child], { children, daemonLives: false })).toEqual({ 20: "tunnel-orphan" });
  });

  test("a stranger on record, of whom nothing but the record speaks, is none of ours", () => {
    const stranger = running(20, ["firefox"], { parent: 1 });
    expect(classify([stranger], { children, daemonLives: false })).toEqual({});
  });

  test("a process on record is not a later one with the same number", () => {
    const later = running(20, ["firefox"], { parent: 1 });
    const known = [childRecord({ process: { pid: 20, startTime: "another", executable: "/opt/wireproxy" } })];
    expect(classify([later], { children: known, daemonLives: false })).toEqual({});
  });

  test("a process on record is known by its pipe before it has a number there", () => {
    const spawned = [childRecord({ process: null, pipe: "/pipes/1_us.log.pipe" })];
    const openFiles = new Map([[20, ["/pipes/1_us.log.pipe"]]]);
    expect(classify([child], { children: spawned, openFiles, daemonLives: true })).toEqual({ 20: "tunnel-tracked" });
  });
});

test("no tunnel is an orphan while a daemon lives whose records cannot be read, or that names it", () => {
  const child = running(20, WIREPROXY, { parent: 1 });
  expect(classify([child], { children: undefined, daemonLives: true })).toEqual({ 20: "tunnel-tracked" });
  expect(classify([child], { tunnels: [20], daemonLives: true })).toEqual({ 20: "tunnel-tracked" });
});

test("a version check is stuck after a minute, if it is ours", () => {
  for (const words of [
    ["/opt/wireproxy", "-v"],
    ["/usr/bin/wpdaemon", "--version"],
  ]) {
    expect(classify([running(30, words)], {})).toEqual({ 30: "version-check-stuck" });
    expect(classify([running(30, words, { ageMilliseconds: 60_000 })], {})).toEqual({});
    expect(classify([running(30, words, { user: 7 })], {})).toEqual({});
  }
  expect(classify([running(30, ["vim", "-v"])], {})).toEqual({});
});

test("a zombie is shown where its parent is a daemon of this home", () => {
  const zombie = { isZombie: true, identity: undefined };
  const processes = [running(10, DAEMON), running(40, [], { ...zombie, parent: 10 }), running(41, [], zombie)];
  expect(classify(processes, { daemons: [10] })).toEqual({ 10: "daemon-current", 40: "zombie" });
});

/** Categories by process number. */
function classify(processes: readonly RunningProcess[], evidence: Partial<Evidence>): Record<number, string> {
  const found = classifyProcesses(processes, {
    self: 99,
    user: 1000,
    daemons: [],
    daemonLives: false,
    children: [],
    tunnels: [],
    openFiles: new Map(),
    homes: [HOME],
    lock: "/lock",
    pipes: "/pipes",
    configFolders: [`${HOME}/wireproxy_confs`, `${HOME}/derived`],
    programs: [],
    entry: "/src/main.ts",
    ...evidence,
  });
  return Object.fromEntries(found.map(({ pid, category }) => [pid, category]));
}

/** A process of an hour's age. */
function running(pid: number, words: readonly string[], changes: Partial<RunningProcess> = {}): RunningProcess {
  const executable = words[0] ?? "";
  const identity = { pid, startTime: `start of ${pid}`, executable };
  const name = executable.split("/").at(-1) ?? "";
  return { pid, parent: 2, user: 1000, name, words, ageMilliseconds: 60_001, isZombie: false, identity, ...changes };
}
