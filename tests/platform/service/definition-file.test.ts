import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  hasDefinition,
  MARK,
  removeDefinition,
  writeDefinition,
} from "../../../src/platform/service/definition-file.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const OURS = `# ${MARK}\n[Unit]\n`;

test("a file is created with its folders, found unchanged, and replaced", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a", "b", "wpdaemon.service");
  expect(hasDefinition(path)).toBe(false);
  expect(writeDefinition(path, OURS, false)).toBe("created");
  expect(writeDefinition(path, OURS, false)).toBe("unchanged");
  expect(writeDefinition(path, `${OURS}X=1\n`, false)).toBe("replaced");
  expect(readFileSync(path, "utf8")).toBe(`${OURS}X=1\n`);
  expect(modeOf(path)).toBe(0o644);
  expect(hasDefinition(path)).toBe(true);
  removeDefinition(path);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("the mark may stand in the second line, where XML has it, and no further down", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "file");
  writeFileSync(path, `<?xml?>\n<!-- ${MARK} -->\n`);
  expect(hasDefinition(path)).toBe(true);
  writeFileSync(path, `[Unit]\nX=1\n# ${MARK}\n`);
  expect(failureOf(() => hasDefinition(path)).code).toBe("file-unusable");
});

test("a file that is not ours stays as it is, unless forced", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "wpdaemon.service");
  writeFileSync(path, "[Unit]\n");
  const failure = failureOf(() => writeDefinition(path, OURS, false));
  expect([failure.code, failure.hint?.includes("--force")]).toEqual(["file-unusable", true]);
  expect(readFileSync(path, "utf8")).toBe("[Unit]\n");
  expect(writeDefinition(path, OURS, true)).toBe("replaced");
  expect(readFileSync(path, "utf8")).toBe(OURS);
});

test("a unit that the user has masked stays masked", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "wpdaemon.service");
  symlinkSync("/dev/null", path);
  expect(failureOf(() => writeDefinition(path, OURS, false)).code).toBe("file-unusable");
  expect(failureOf(() => hasDefinition(path)).code).toBe("file-unusable");
});

test("a folder that cannot be made is named with the system's code", () => {
  using folder = temporaryFolder();
  const blocked = join(folder.path, "file");
  writeFileSync(blocked, "");
  const path = join(blocked, "sub", "wpdaemon.service");
  const failure = failureOf(() => writeDefinition(path, OURS, false));
  expect([failure.code, failure.message]).toEqual(["file-unusable", `cannot use ${path}: ENOTDIR`]);
  expect(existsSync(path)).toBe(false);
});

test("a service that was installed, and one that was removed, is so after a power cut, too", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "wpdaemon.service");
  expect(await recordDiskCalls(() => writeDefinition(path, OURS, false))).toEqual([
    "sync draft of wpdaemon.service",
    "rename wpdaemon.service",
    `sync ${basename(folder.path)}/`,
  ]);
  expect(await recordDiskCalls(() => removeDefinition(path))).toEqual([
    "remove wpdaemon.service",
    `sync ${basename(folder.path)}/`,
  ]);
});
