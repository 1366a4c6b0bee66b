import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockHome } from "../../src/daemon/home-lock.ts";
import { pathsBelow } from "../../src/platform/paths.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { failureOf } from "../tunnels/wireproxy/program/rejection.ts";

test("L-03: one daemon serves an installation; the second is told which, and what to do", () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const lock = lockHome(paths);
  const failure = failureOf(() => lockHome(paths));
  expect([failure.code, failure.message]).toEqual([
    "lock-held",
    `another wpdaemon already serves ${folder.path}: the process ${process.pid} holds the lock ${paths.lock}`,
  ]);
  expect(failure.hint).toContain("--home");
  lock.release();
  lockHome(paths).release();
});

test("L-14: our folder is made for the owner alone; one that is there keeps its mode", () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  lockHome(paths).release();
  expect(statSync(paths.own).mode & 0o777).toBe(0o700);
  chmodSync(paths.own, 0o750);
  lockHome(paths).release();
  expect(statSync(paths.own).mode & 0o777).toBe(0o750);
});

test("a home that cannot be used is told with the system's reason", () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  writeFileSync(join(home, "wpdaemon"), "a file");
  const failure = failureOf(() => lockHome(pathsBelow(home)));
  expect([failure.code, failure.message]).toEqual(["file-unusable", `cannot use ${join(home, "wpdaemon")}: EEXIST`]);
});
