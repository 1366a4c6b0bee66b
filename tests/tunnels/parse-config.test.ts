import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createConfigStore } from "../../src/tunnels/config/store.ts";
import { parseAnyConfig } from "../../src/tunnels/parse-config.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { sampleLink } from "./linksocks/sample-link.ts";
import { sampleConfig } from "./wireproxy/config/sample-config.ts";

const OPTIONS = { file: "/confs/us.conf", environment: {}, readFile: () => "" };

test.each([
  [sampleConfig(), { kind: "wireproxy", socks5Addresses: ["127.0.0.1:25344"], findings: [] }],
  [sampleLink(), { kind: "linksocks", socks5Addresses: ["127.0.0.1:25344"], findings: [] }],
  [sampleLink({ link: "Reverse = 1", rest: "" }), { kind: "linksocks", socks5Addresses: [], findings: [] }],
] as const)("%j", (text, checked) => {
  expect(parseAnyConfig(text, OPTIONS)).toEqual({
    ...checked,
    findings: [],
    socks5Addresses: [...checked.socks5Addresses],
  });
});

test("a section that is almost LinkSocks' is told so", () => {
  const { findings } = parseAnyConfig(
    sampleConfig({ rest: "[LinkSock]\n[Socks5]\nBindAddress = 127.0.0.1:25344" }),
    OPTIONS,
  );
  expect(findings.map(({ hint }) => hint)).toEqual(["did you mean [LinkSocks]?"]);
});

describe("an imported LinkSocks config", () => {
  test("gets a SOCKS5 listener where it has none, but not a provider's", () => {
    using folder = temporaryFolder();
    const store = createConfigStore(join(folder.path, "confs"), { parse: parseAnyConfig });
    const client = store.add("client", sampleLink({ rest: "" }));
    expect(client).toMatchObject({ socks5Added: true, warnings: [] });
    expect(readFileSync(client.path, "utf8")).toContain("[Socks5]\nBindAddress = 127.0.0.1:25344\n");
    expect(store.add("provider", sampleLink({ link: "Reverse = true", rest: "" }))).toMatchObject({
      socks5Added: false,
    });
  });

  test("with a fault is refused", () => {
    using folder = temporaryFolder();
    const store = createConfigStore(join(folder.path, "confs"), { parse: parseAnyConfig });
    expect(() => store.add("client", sampleLink({ link: "Treads = 1" }))).toThrow(
      "client.conf:4: there is no such key",
    );
    expect(store.list()).toEqual([]);
  });
});
