import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { replaceDatabase } from "../../../src/events/store/replace-database.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("a new database is whole after a power cut: it waits for the disk before it has its name, and the name is there", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "events.db");
  const run = spyOn(Database.prototype, "run");
  try {
    const calls = await recordDiskCalls(() => replaceDatabase(path, "corrupt", 0, 0));
    expect(calls).toEqual(["rename events.db", `sync ${basename(folder.path)}/`]);
    expect(run.mock.calls.map(([sql]) => sql)).toContain("PRAGMA synchronous = FULL");
  } finally {
    run.mockRestore();
  }
});

test("what was set aside keeps its name after a power cut: the folder is synced behind both renames", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "events.db");
  writeFileSync(path, "no database");
  expect(await recordDiskCalls(() => replaceDatabase(path, "corrupt", 5, 0))).toEqual([
    "rename events.db.corrupt-19700101T000000Z",
    "rename events.db",
    `sync ${basename(folder.path)}/`,
  ]);
});
