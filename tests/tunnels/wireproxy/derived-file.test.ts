import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  removeDerivedConfig,
  sweepDerivedConfigs,
  writeDerivedConfig,
} from "../../../src/tunnels/wireproxy/derived-file.ts";
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
  removeDerivedConfig(first ?? "");
  removeDerivedConfig(first ?? "");
  expect(readFileSync(second ?? "", "utf8")).toBe("two");
});

test("one that cannot be removed is no reason to fail", () => {
  using place = temporaryFolder();
  const folder = join(place.path, "full");
  mkdirSync(folder);
  writeFileSync(join(folder, "x"), "");
  removeDerivedConfig(folder);
  expect(readdirSync(folder)).toEqual(["x"]);
});

test("what a killed daemon left is swept, except for what a process may still have to read", () => {
  using place = temporaryFolder();
  const kept = writeDerivedConfig(place.path, "us.conf", "kept");
  writeDerivedConfig(place.path, "eu.conf", "left");
  sweepDerivedConfigs(place.path, [kept]);
  expect(readdirSync(place.path).map((name) => join(place.path, name))).toEqual([kept]);
  sweepDerivedConfigs(join(place.path, "missing"), []);
});
