import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { checkDisk } from "../../../../src/cli/doctor/checks/disk.ts";
import { installation } from "../circumstances.ts";

const MIB = 1024 * 1024;

test.each([
  [{ bytes: 1e12, files: 1e6 }, "ok"],
  [{ bytes: 1e12, files: undefined }, "ok"],
  [{ bytes: 200 * MIB, files: 1e6 }, "ok"],
  [{ bytes: 200 * MIB - 1, files: 1e6 }, "warning"],
  [{ bytes: 10 * MIB, files: 1e6 }, "warning"],
  [{ bytes: 10 * MIB - 1, files: 1e6 }, "problem"],
  [{ bytes: 1e12, files: 0 }, "problem"],
])("doctor says of a disk with %j free: %s", async (free, severity) => {
  using home = installation();
  const found = await checkDisk(home.see(), () => free);
  expect(found.map((diagnosis): string => diagnosis.severity)).toEqual([severity]);
});

test("the real disk is measured, also before the folder is there", async () => {
  using home = installation();
  const before = await checkDisk(home.see());
  rmSync(home.paths.logs, { recursive: true });
  const after = await checkDisk(home.see());
  for (const [found] of [before, after]) expect(found?.message).toMatch(/\d+ MB are free for .*wp-server-logs$/);
});
