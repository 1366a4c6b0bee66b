import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setValue, writeApiKey } from "../../../src/endpoints/config/write-api-key.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const PLACE = ["api", "key"] as const;

test.each([
  [
    "a key that is there",
    'api:\n  url: "https://x" # ours\n  key: "old" # secret\nnet: {}\n',
    'api:\n  url: "https://x" # ours\n  key: "new" # secret\nnet: {}\n',
  ],
  ["a key that is empty", "# first\napi:\n    key:\n", '# first\napi:\n    key: "new"\n'],
  [
    "a section without the key",
    "api:\n  # none yet\n  url: x\n\nnet: {}\n",
    'api:\n  # none yet\n  url: x\n  key: "new"\n\nnet: {}\n',
  ],
  ["a file without the section", "net: {}\n", 'net: {}\napi:\n  key: "new"\n'],
  ["an empty file", "", 'api:\n  key: "new"\n'],
  ["a section in one line", 'api: { url: "https://x", key: "" }\n', 'api: { url: "https://x", key: "new" }\n'],
  ["a section in one line without the key", "api: { url: x } # short\n", 'api: { key: "new", url: x } # short\n'],
  ["an unknown key beside it", "api:\n  mine: 1\n  key: a:b\n", 'api:\n  mine: 1\n  key: "new"\n'],
])("the API key is set in %s, and nothing else changes", (_, before, after) => {
  expect(setValue(before, PLACE, "new")).toBe(after);
});

test("the key is set within a section of a file of ours", () => {
  const text = "line: { port: 1 }\nendpoints:\n  static: {}\ntunnels: {}\n";
  expect(setValue(text, ["endpoints", ...PLACE], "k")).toBe(
    'line: { port: 1 }\nendpoints:\n  static: {}\n  api:\n    key: "k"\ntunnels: {}\n',
  );
});

test("a file whose form cannot be edited is left, and said so", () => {
  for (const text of ["api: &a\n  key: x\nb: *a\n", "- a\n", "api: {\n  key: x }\n"])
    expect(() => setValue(text, PLACE, "new")).toThrow(Failure);
});

test("a written file is for its owner alone", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "config.yml");
  writeFileSync(path, "api:\n  key: ''\n", { mode: 0o644 });
  writeApiKey(path, PLACE, "new");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(['api:\n  key: "new"\n', 0o600]);
});

test.skipIf(process.getuid?.() === 0)("a file that cannot be replaced keeps the former key", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "config.yml");
  writeFileSync(path, "api:\n  key: old\n");
  chmodSync(folder.path, 0o500);
  expect(() => writeApiKey(path, PLACE, "new")).toThrow(Failure);
  expect(readFileSync(path, "utf8")).toContain("old");
  chmodSync(folder.path, 0o700);
});
