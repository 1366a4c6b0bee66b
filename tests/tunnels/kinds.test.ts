import { expect, test } from "bun:test";
import { parseIni } from "../../src/tunnels/config/dialect/ini.ts";
import { kindOf, parseConfig, TUNNEL_KINDS } from "../../src/tunnels/kinds.ts";
import { sampleLink } from "./linksocks/sample-link.ts";
import { sampleConfig } from "./wireproxy/config/sample-config.ts";

const OPTIONS = { file: "/confs/us.conf", environment: {}, readFile: () => "" };

test.each([
  [sampleConfig(), "wireproxy"],
  [sampleLink(), "linksocks"],
  ["", "wireproxy"],
  ["[LINKSOCKS]\nUrl = x", "linksocks"],
  ["# [LinkSocks]\n[Interface]", "wireproxy"],
  ["[Interface]\nPrivateKey = `\n[LinkSocks]\n`", "wireproxy"],
  [sampleLink({ rest: sampleConfig() }), "linksocks"],
] as const)("%j is a config of %s", (text, kind) => {
  expect(kindOf(parseIni(text, "us.conf")).kind).toBe(kind);
});

test.each([
  [sampleConfig(), [25_344], true],
  [sampleLink(), [25_344], true],
  [sampleLink({ link: "Reverse = 1", rest: "" }), [], false],
] as const)("a config of any kind says where it listens: %j", async (text, ports, listensHere) => {
  const config = await parseConfig(text, OPTIONS);
  expect(config.listeners.map(({ port }) => port)).toEqual([...ports]);
  expect([config.listensHere, config.findings]).toEqual([listensHere, []]);
});

test("a section that is almost LinkSocks' is told so", async () => {
  const text = sampleConfig({ rest: "[LinkSock]\n[Socks5]\nBindAddress = 127.0.0.1:25344" });
  const { findings } = await parseConfig(text, OPTIONS);
  expect(findings.map(({ hint }) => hint)).toEqual(["did you mean [LinkSocks]?"]);
});

test("every secret key of a kind is one of its keys", () => {
  for (const { vocabulary } of TUNNEL_KINDS) {
    expect(Object.values(vocabulary.sections).flat()).toEqual(expect.arrayContaining([...vocabulary.secretKeys]));
  }
});
