import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockHome } from "../../src/daemon/home-lock.ts";
import { tryLock } from "../../src/platform/files/lock.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { modeOf } from "../rig/mode-of.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

test("one daemon serves an installation; the second is told which, and what to do", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const lock = await lockHome(paths);
  const failure = await rejectionOf(lockHome(paths));
  expect([failure.code, failure.message]).toEqual([
    "lock-held",
    `another wpdaemon already serves ${folder.path}: the process ${process.pid} holds the lock ${paths.lock}`,
  ]);
  expect(failure.hint).toContain("--home");
  lock.release();
  (await lockHome(paths)).release();
});

test.skipIf(process.platform !== "linux")(
  "a holder that is dead, but not gone with all it had, is waited for",
  async () => {
    using folder = temporaryFolder();
    const paths = pathsBelow(folder.path);
    mkdirSync(paths.own);
    // The lock stays with what inherited it, as it does with the kernel's part of a process that was killed.
    const script = `exec 9>"$0"; flock -x 9; echo "{\\"pid\\":$$}" >&9; sleep 0.3 >/dev/null & exit`;
    const holder = Bun.spawn(["sh", "-c", script, paths.lock], { stdio: ["ignore", "ignore", "inherit"] });
    await holder.exited;
    expect(tryLock(paths.lock)).toEqual({ holder: holder.pid });
    (await lockHome(paths)).release();
  },
);

test("our folder is made for the owner alone; one that is there keeps its mode", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  (await lockHome(paths)).release();
  expect(modeOf(paths.own)).toBe(0o700);
  chmodSync(paths.own, 0o750);
  (await lockHome(paths)).release();
  expect(modeOf(paths.own)).toBe(0o750);
});

test("a home that cannot be used is told with the system's reason", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  writeFileSync(join(home, "wpdaemon"), "a file");
  const failure = await rejectionOf(lockHome(pathsBelow(home)));
  expect([failure.code, failure.message]).toEqual(["usage", `cannot use ${join(home, "wpdaemon")}: EEXIST`]);
});
