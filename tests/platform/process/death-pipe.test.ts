import { expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDeathPipe, waitForDeath } from "../../../src/platform/process/death-pipe.ts";
import { settlesWithin } from "../../../src/platform/waiting.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { PATIENCE_MS } from "../../rig/until.ts";

test("the death of a child that holds the descriptor is noticed, and not before it", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "child.pipe");
  const child = spawnHolding(path);
  const death = waitForDeath(path);
  expect(await settlesWithin(death, 30)).toBe(false);
  child.kill("SIGKILL");
  expect(await settlesWithin(death, PATIENCE_MS)).toBe(true);
  await child.exited;
});

test("several who wait learn of it", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "child.pipe");
  const child = spawnHolding(path);
  const deaths = Promise.all([waitForDeath(path), waitForDeath(path)]);
  expect(await settlesWithin(deaths, 30)).toBe(false);
  child.kill("SIGKILL");
  expect(await settlesWithin(deaths, PATIENCE_MS)).toBe(true);
  await child.exited;
});

test("what a child writes into the pipe is not taken for its death", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "child.pipe");
  const pipe = createDeathPipe(path);
  const child = Bun.spawn(["sh", "-c", "echo noise >&3; exec sleep 60"], {
    stdio: ["ignore", "ignore", "ignore", pipe.descriptor],
  });
  pipe.release();
  const death = waitForDeath(path);
  expect(await settlesWithin(death, 100)).toBe(false);
  child.kill("SIGKILL");
  expect(await settlesWithin(death, PATIENCE_MS)).toBe(true);
  await child.exited;
});

test("a pipe that is not there is a death at once", async () => {
  using folder = temporaryFolder();
  expect(await settlesWithin(waitForDeath(join(folder.path, "missing")), PATIENCE_MS)).toBe(true);
});

test("a pipe is for the owner alone, and takes the place of what was there", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "child.pipe");
  writeFileSync(path, "left by somebody");
  createDeathPipe(path).release();
  expect(statSync(path).isFIFO()).toBe(true);
  expect(modeOf(path)).toBe(0o600);
});

test("a pipe that cannot be opened is a Failure that names it", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "file");
  writeFileSync(path, "");
  const failure = await rejectionOf(waitForDeath(join(path, "child.pipe")));
  expect([failure.code, failure.message]).toEqual([
    "file-unusable",
    `cannot open the pipe ${join(path, "child.pipe")}`,
  ]);
});

test("a folder in its place is not removed", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "child.pipe"));
  expect(() => createDeathPipe(join(folder.path, "child.pipe"))).toThrow();
  expect(statSync(join(folder.path, "child.pipe")).isDirectory()).toBe(true);
});

/** A process that has the pipe at `path` as its descriptor 3. */
function spawnHolding(path: string): Bun.Subprocess {
  const pipe = createDeathPipe(path);
  const child = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore", pipe.descriptor] });
  pipe.release();
  return child;
}
