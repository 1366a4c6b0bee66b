import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createControlClient } from "../../../src/cli/daemon/control-client.ts";
import { inspectDaemon, isDaemonAlive, readChildren } from "../../../src/cli/doctor/known-daemon.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { acquireLock } from "../../../src/platform/files/lock.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { childRecord } from "../../rig/child-record.ts";
import { startStubDaemon, writeRecord } from "../daemon/stub-daemon.ts";
import { installation, SILENT } from "./circumstances.ts";

test("an answer, a living record or a held lock is proof of a daemon each; without any there is none", async () => {
  using home = installation();
  const meet = () => inspectDaemon(home.paths, createControlClient(home.paths));
  expect(isDaemonAlive(await meet())).toBe(false);

  const lock = acquireLock(home.paths.lock);
  const held = await meet();
  expect([isDaemonAlive(held), held.lock]).toEqual([true, { isHeld: true, holder: process.pid }]);
  lock.release();
  expect(isDaemonAlive(await meet())).toBe(false);

  writeRecord(home.paths, { state: "running", process: identifyProcess(process.pid) });
  expect(isDaemonAlive(await meet())).toBe(true);
  writeRecord(home.paths, { state: "running", process: { ...identifyProcess(process.pid), startTime: "another" } });
  expect(isDaemonAlive(await meet())).toBe(false);

  using stub = startStubDaemon({});
  expect(isDaemonAlive(await inspectDaemon(stub.paths, createControlClient(stub.paths)))).toBe(true);
});

test("where it cannot be told whether the lock is held, a daemon may be there", () => {
  expect(isDaemonAlive({ ...SILENT, lock: new Failure("file-unusable", "no") })).toBe(true);
});

test("children are read from the state file; a corrupt one is not an empty one", () => {
  using home = installation();
  expect(readChildren(home.paths.state)).toEqual([]);
  writeRecord(home.paths, { children: [childRecord({ config: "eu.conf" })] });
  expect(readChildren(home.paths.state)?.map(({ config }) => config)).toEqual(["eu.conf"]);
  writeFileSync(home.paths.state, "{");
  expect(readChildren(home.paths.state)).toBeUndefined();
});
