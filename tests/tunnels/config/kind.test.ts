import { expect, test } from "bun:test";
import { parseIni } from "../../../src/tunnels/config/ini.ts";
import { kindOfText, mayBeProvider } from "../../../src/tunnels/config/kind.ts";
import { sampleLink } from "../linksocks/sample-link.ts";
import { sampleConfig } from "../wireproxy/config/sample-config.ts";

test.each([
  [sampleConfig(), "wireproxy"],
  [sampleLink(), "linksocks"],
  ["", "wireproxy"],
  ["[LINKSOCKS]\nUrl = x", "linksocks"],
  ["# [LinkSocks]\n[Interface]", "wireproxy"],
  ["[Interface]\nPrivateKey = `\n[LinkSocks]\n`", "wireproxy"],
] as const)("%j is a config of %s", (text, kind) => {
  expect(kindOfText(text, "us.conf")).toBe(kind);
});

test("a text that speaks of it and is no INI file is refused", () => {
  expect(() => kindOfText("[LinkSocks]\nUrl", "us.conf")).toThrow("us.conf:2: neither = nor : on the line");
});

test.each([
  ["Reverse = true", true],
  ["reverse = T", true],
  ["Reverse = 0", false],
  ["Reverse = odd", false],
  ["Reverse = $ROLE", true],
  ["", false],
])("%j may make a provider: %j", (link, isProvider) => {
  expect(mayBeProvider(parseIni(sampleLink({ link }), "us.conf"))).toBe(isProvider);
});
