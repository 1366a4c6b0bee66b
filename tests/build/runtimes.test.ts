import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demandPinned, pinnedHash } from "../../build/release/runtimes.ts";
import { TARGETS } from "../../build/release/targets.ts";
import packageJson from "../../package.json" with { type: "json" };
import { temporaryFolder } from "../rig/temporary-folder.ts";

test("the Bun of package.json is pinned for every target, each another program", () => {
  const hashes = TARGETS.map(pinnedHash);
  for (const hash of hashes) expect(hash).toMatch(/^[\da-f]{64}$/);
  expect(new Set(hashes).size).toBe(TARGETS.length);
  expect(`bun@${pinnedVersion()}`).toBe(packageJson.packageManager);
});

test("a runtime that differs from the pinned one by a byte is refused, and both hashes are told", () => {
  using folder = temporaryFolder();
  const [path, content] = [join(folder.path, "bun"), "a program"];
  writeFileSync(path, content);
  const hash = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  expect(() => demandPinned(path, [hash], pinnedVersion())).not.toThrow();
  writeFileSync(path, "b program");
  expect(() => demandPinned(path, [hash], pinnedVersion())).toThrow(hash);
  expect(() => demandPinned(path, undefined, pinnedVersion())).toThrow("is not what is pinned");
  expect(() => demandPinned(path, [hash], "0.0.1")).toThrow("not of 0.0.1");
});

function pinnedVersion(): string {
  return JSON.parse(readFileSync(join(import.meta.dir, "../../build/release/runtime-hashes.json"), "utf8")).version;
}
