import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStateFile } from "../../src/daemon/state-file.ts";
import { systemCode } from "../../src/platform/failure.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { createRecord } from "../tunnels/fake-driver.ts";

test("an installation without the file has no children, and none is made by looking", () => {
  using rig = create();
  expect(rig.open().list()).toEqual([]);
  expect(existsSync(rig.path)).toBe(false);
});

test("put is on disk when it returns, for the owner alone, and the next daemon reads it", () => {
  using rig = create();
  const state = rig.open();
  const records = [createRecord("us.conf", 1), { ...createRecord("eu.conf", 2), process: null }];
  for (const [index, record] of records.entries()) {
    state.put(record);
    expect(rig.onDisk()).toEqual({ version: 1, children: records.slice(0, index + 1) });
  }
  expect(statSync(rig.path).mode & 0o777).toBe(0o600);
  expect(rig.open().list()).toEqual(records);
  expect(rig.entries).toEqual([]);
});

test("put replaces the record with the same log, and keeps the others", () => {
  using rig = create();
  const state = rig.open();
  const [first, second] = [createRecord("us.conf", 1), createRecord("eu.conf", 2)];
  state.put({ ...first, process: null });
  state.put(second);
  state.put(first);
  expect(state.list()).toEqual([second, first]);
  expect(rig.open().list()).toEqual([second, first]);
});

test("remove is on disk too, and of what is not there it changes nothing", () => {
  using rig = create();
  const state = rig.open();
  const [first, second] = [createRecord("us.conf", 1), createRecord("eu.conf", 2)];
  state.put(first);
  state.put(second);
  state.remove(first.logFile);
  state.remove("/logs/unknown.log");
  expect(state.list()).toEqual([second]);
  expect(rig.open().list()).toEqual([second]);
});

describe("where nothing can be written", () => {
  test("put throws and forgets: what is not on disk is not relied upon", () => {
    using rig = create();
    const state = rig.open();
    rmSync(rig.folder, { recursive: true });
    expect(codeOf(() => state.put(createRecord("us.conf")))).toBe("ENOENT");
    expect(state.list()).toEqual([]);
  });

  test("remove does not throw: it tells, and forgets", () => {
    using rig = create();
    const state = rig.open();
    const record = createRecord("us.conf");
    state.put(record);
    rmSync(rig.folder, { recursive: true });
    state.remove(record.logFile);
    expect(state.list()).toEqual([]);
    expect(rig.entries).toEqual([expect.stringMatching(/^ERROR cannot write .*state\.json: ENOENT/)]);
  });
});

describe("removeIfEmpty", () => {
  test("removes a file without children, and does nothing where there is none", () => {
    using rig = create();
    const state = rig.open();
    state.removeIfEmpty();
    state.put(createRecord("us.conf"));
    state.remove(createRecord("us.conf").logFile);
    expect(existsSync(rig.path)).toBe(true);
    state.removeIfEmpty();
    expect(readdirSync(rig.folder)).toEqual([]);
  });

  test("keeps one that still names a child", () => {
    using rig = create();
    const state = rig.open();
    state.put(createRecord("us.conf"));
    state.removeIfEmpty();
    expect(rig.open().list()).toEqual([createRecord("us.conf")]);
  });
});

test.each([
  ["no JSON", "{"],
  ["empty", ""],
  ["another version", '{"version":2,"children":[]}'],
  ["children that are none", '{"version":1,"children":[{"config":"us.conf"}]}'],
  ["a list", "[]"],
  ["null", "null"],
])("a corrupt file is set aside with all it holds, and told: %s", (_, text) => {
  using rig = create();
  writeFileSync(rig.path, text);
  const state = rig.open();
  expect(state.list()).toEqual([]);
  const names = readdirSync(rig.folder);
  expect(names).toEqual([expect.stringMatching(/^state\.json\.corrupt-\d+$/)]);
  expect(readFileSync(join(rig.folder, names[0] ?? ""), "utf8")).toBe(text);
  expect(rig.entries).toEqual([expect.stringMatching(/^ERROR .*state\.json is corrupt and was set aside as .*: ./)]);
  state.put(createRecord("us.conf"));
  expect(rig.open().list()).toEqual([createRecord("us.conf")]);
});

test("drafts that a killed daemon left are swept away, other files are not", () => {
  using rig = create();
  for (const name of ["state.json.99.abcdef01.tmp", "config.yaml", "other.tmp", "state.json.corrupt-1"]) {
    writeFileSync(join(rig.folder, name), "{");
  }
  rig.open();
  expect(readdirSync(rig.folder).sort()).toEqual(["config.yaml", "other.tmp", "state.json.corrupt-1"]);
});

function create() {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "wpdaemon");
  mkdirSync(folder);
  const path = join(folder, "state.json");
  const entries: string[] = [];
  return {
    folder,
    path,
    entries,
    open: () => openStateFile(path, (category, message) => void entries.push(`${category} ${message}`)),
    onDisk: (): unknown => JSON.parse(readFileSync(path, "utf8")),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return systemCode(error);
  }
  return undefined;
}
