import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadControlSecret } from "../../../src/daemon/parts/control.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("the secret is 32 random bytes in base64, made once, and for the owner alone", () => {
  using home = makeHome();
  const made = loadControlSecret(home.paths);
  expect(made).toHaveLength(32);
  expect(readFileSync(home.file, "utf8")).toBe(`${Buffer.from(made).toString("base64")}\n`);
  expect(modeOf(home.file)).toBe(0o600);
  expect([...loadControlSecret(home.paths)]).toEqual([...made]);
  using other = makeHome();
  expect([...loadControlSecret(other.paths)]).not.toEqual([...made]);
});

test("the secret survives a power cut, because clients have been given it", async () => {
  using home = makeHome();
  expect(await recordDiskCalls(() => loadControlSecret(home.paths))).toEqual([
    "sync draft of secret",
    "rename secret",
    "sync wpdaemon/",
  ]);
  expect(await recordDiskCalls(() => loadControlSecret(home.paths))).toEqual([]);
});

test.each([31, 33, 0])("a secret of %d bytes is none, and another one is made", (length) => {
  using home = makeHome();
  writeFileSync(home.file, Buffer.alloc(length, 7).toString("base64"));
  const made = loadControlSecret(home.paths);
  expect(made).toHaveLength(32);
  expect([...made]).not.toEqual([...Buffer.alloc(32, 7)]);
});

test.skipIf(process.getuid?.() === 0)("a secret that cannot be read is an error, and stays", () => {
  using home = makeHome();
  loadControlSecret(home.paths);
  chmodSync(home.file, 0);
  expect(() => loadControlSecret(home.paths)).toThrow("EACCES");
});

function makeHome() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own, { mode: 0o700 });
  return { paths, file: join(paths.own, "secret"), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
