import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeIfPossible } from "../../../src/platform/files/files.ts";
import { sweepDerivedConfigs, writeDerivedConfig } from "../../../src/tunnels/wireproxy/derived-file.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("a derived config holds a private key: file and folder are the owner's alone", () => {
  using place = temporaryFolder();
  const folder = join(place.path, "derived");
  const path = writeDerivedConfig(folder, "us.conf", "[Interface]\n");
  expect(readFileSync(path, "utf8")).toBe("[Interface]\n");
  expect(path).toEndWith("-us.conf");
  expect([modeOf(path), modeOf(folder)]).toEqual([0o600, 0o700]);
});

test("each start has its own, and removing one leaves the others; removing what is gone does nothing", () => {
  using place = temporaryFolder();
  const [first, second] = ["one", "two"].map((text) => writeDerivedConfig(place.path, "us.conf", text));
  removeIfPossible(first ?? "");
  removeIfPossible(first ?? "");
  expect(readFileSync(second ?? "", "utf8")).toBe("two");
});

test("what a killed daemon left is swept, except for what a process may still have to read", () => {
  using place = temporaryFolder();
  const kept = writeDerivedConfig(place.path, "us.conf", "kept");
  writeDerivedConfig(place.path, "eu.conf", "left");
  sweepDerivedConfigs(place.path, [kept]);
  expect(readdirSync(place.path).map((name) => join(place.path, name))).toEqual([kept]);
  sweepDerivedConfigs(join(place.path, "missing"), []);
});
