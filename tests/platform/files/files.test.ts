import { expect, test } from "bun:test";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import {
  isTaken,
  listFolder,
  makePrivateFolder,
  readHead,
  readTextIfThere,
  removeIfPossible,
  replaceFile,
  withFile,
} from "../../../src/platform/files/files.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { systemCodeOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("replaceFile creates the file for the owner alone", () => {
  using folder = temporaryFolder();
  replaceFile(join(folder.path, "a"), "text ä");
  replaceFile(join(folder.path, "b"), new Uint8Array([0, 255]));
  expect(readFileSync(join(folder.path, "a"), "utf8")).toBe("text ä");
  expect([...readFileSync(join(folder.path, "b"))]).toEqual([0, 255]);
  expect(modeOf(join(folder.path, "a"))).toBe(0o600);
  expect(modeOf(join(folder.path, "b"))).toBe(0o600);
});

test.each(["kill", "power-cut"] as const)(
  "replaceFile replaces content and mode, and leaves no temporary file: %s",
  (survives) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "a");
    writeFileSync(path, "a much longer old content", { mode: 0o644 });
    replaceFile(path, "new", survives);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(["a"]);
  },
);

test("replaceFile syncs the draft, renames it and syncs the folder, so that a power cut leaves a whole file", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  const name = basename(folder.path);
  const durable = ["sync draft of a", "rename a", `sync ${name}/`];
  expect(await recordDiskCalls(() => replaceFile(path, "text"))).toEqual(durable);
  expect(await recordDiskCalls(() => replaceFile(path, "text", "power-cut"))).toEqual(durable);
  expect(await recordDiskCalls(() => replaceFile(path, "text", "kill"))).toEqual(["rename a"]);
});

test("replaceFile lets a reader who has the old file open read the old content to its end", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  writeFileSync(path, "old");
  const reader = openSync(path, "r");
  try {
    replaceFile(path, "new");
    expect(readFileSync(reader, "utf8")).toBe("old");
  } finally {
    closeSync(reader);
  }
});

test("replaceFile replaces a link, not what it leads to", () => {
  using folder = temporaryFolder();
  const [target, path] = [join(folder.path, "target"), join(folder.path, "link")];
  writeFileSync(target, "untouched");
  symlinkSync(target, path);
  replaceFile(path, "new");
  expect([readFileSync(target, "utf8"), readFileSync(path, "utf8")]).toEqual(["untouched", "new"]);
});

test("replaceFile that fails leaves what was there, and no temporary file", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  // A folder cannot be replaced by a file, whoever asks.
  mkdirSync(path);
  writeFileSync(join(path, "inside"), "old");
  expect(systemCodeOf(() => replaceFile(path, "new"))).toBe("EISDIR");
  expect(readdirSync(folder.path)).toEqual(["a"]);
  expect(readFileSync(join(path, "inside"), "utf8")).toBe("old");
});

test("replaceFile into a folder that is not there tells so", () => {
  using folder = temporaryFolder();
  expect(systemCodeOf(() => replaceFile(join(folder.path, "no", "a"), "new"))).toBe("ENOENT");
});

test("makePrivateFolder makes every missing folder for the owner alone, and lets an existing one be", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "old"), { mode: 0o755 });
  makePrivateFolder(join(folder.path, "old", "a", "b"));
  makePrivateFolder(join(folder.path, "old"));
  expect(modeOf(join(folder.path, "old"))).toBe(0o755);
  expect(modeOf(join(folder.path, "old", "a"))).toBe(0o700);
  expect(modeOf(join(folder.path, "old", "a", "b"))).toBe(0o700);
});

test("readTextIfThere tells a missing file from one that cannot be read", () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "empty"), "");
  expect(readTextIfThere(join(folder.path, "missing"))).toBeUndefined();
  expect(readTextIfThere(join(folder.path, "empty"))).toBe("");
  expect(systemCodeOf(() => readTextIfThere(folder.path))).toBe("EISDIR");
});

test("withFile closes the file, also where the work throws", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  writeFileSync(path, "text");
  let descriptor = -1;
  expect(withFile(openSync(path, "r"), (file) => fstatSync(file).size)).toBe(4);
  expect(() =>
    withFile(openSync(path, "r"), (file) => {
      descriptor = file;
      throw new Error("the work's own");
    }),
  ).toThrow("the work's own");
  expect(systemCodeOf(() => fstatSync(descriptor))).toBe("EBADF");
});

test("readHead gives no more bytes than were asked for, and no more than there are", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  writeFileSync(path, "abcdef");
  expect(new TextDecoder().decode(readHead(path, 4))).toBe("abcd");
  expect(new TextDecoder().decode(readHead(path, 100))).toBe("abcdef");
  expect(systemCodeOf(() => readHead(join(folder.path, "none"), 4))).toBe("ENOENT");
});

test("listFolder gives paths, and nothing for what is no folder", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a");
  writeFileSync(path, "");
  expect(listFolder(folder.path)).toEqual([path]);
  expect(listFolder(path)).toEqual([]);
  expect(listFolder(join(folder.path, "none"))).toEqual([]);
});

test("a link that leads nowhere takes its name, too", () => {
  using folder = temporaryFolder();
  const link = join(folder.path, "link");
  symlinkSync(join(folder.path, "none"), link);
  expect([link, join(folder.path, "none")].map(isTaken)).toEqual([true, false]);
});

test("removeIfPossible leaves what cannot be removed", () => {
  using place = temporaryFolder();
  const folder = join(place.path, "full");
  mkdirSync(folder);
  writeFileSync(join(folder, "x"), "");
  removeIfPossible(folder);
  expect(readdirSync(folder)).toEqual(["x"]);
});
