import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deriveConfig } from "../../../src/tunnels/config/derive.ts";
import { loadConfig, loadWaysIn } from "../../../src/tunnels/config/tunnel-config.ts";
import { parseWireproxyConfig } from "../../../src/tunnels/wireproxy/config/config.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { sampleLink } from "../linksocks/sample-link.ts";
import { parse, sampleConfig } from "../wireproxy/config/sample-config.ts";

const SOCKS = "[Socks5]\nBindAddress = 127.0.0.1:1080\nUsername = me\nPassword = hush";

test.each([
  ["LinkSocks", sampleLink({ rest: SOCKS })],
  ["wireproxy", sampleConfig({ rest: SOCKS })],
])("a %s config that another one carries keeps its listener, and leaves its own way out", (_, text) => {
  using folder = temporaryFolder();
  const file = join(folder.path, "own.conf");
  writeFileSync(file, text, { mode: 0o600 });
  const own = loadWaysIn(file, { environment: {} });
  expect(own.listeners).toMatchObject([{ kind: "socks5", host: "127.0.0.1", port: 1_080, protected: true }]);
  expect(own.listeners[0]?.credentials.reveal()).toEqual({ username: "me", password: "hush" });
  const endpoint = "198.51.100.9:7";
  const carrier = { file: "/confs/us.conf", text: sampleConfig({ rest: "", peer: `Endpoint = ${endpoint}` }) };
  const derived = deriveConfig(own.text, { file, carrier });
  const { peers, listeners, findings } = parse(derived);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(peers).toEqual([{ host: "198.51.100.9", port: 7 }]);
  expect(listeners).toMatchObject([{ port: 1_080, protected: true }]);
  expect(derived).not.toMatch(/let-me-in|192\.0\.2\.1/);
});

test("a config whose ways in have a fault cannot be carried, whatever its way out", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "own.conf");
  writeFileSync(file, "[Socks5]\nBindAddress = 0.0.0.0:1080", { mode: 0o600 });
  expect(() => loadWaysIn(file, { environment: {} })).toThrow("own.conf:2: this listener is open to the network");
  writeFileSync(file, "[Socks5]\nBindAddress = 127.0.0.1:1080", { mode: 0o600 });
  expect(loadWaysIn(file, { environment: {} }).listeners).toHaveLength(1);
});

test("a config is loaded whole or not at all", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "own.conf");
  writeFileSync(file, sampleConfig(), { mode: 0o644 });
  const { warnings, text } = loadConfig(file, parseWireproxyConfig, { environment: {} });
  expect(warnings).toEqual([expect.stringContaining("mode 644")]);
  expect(text).toBe(sampleConfig());
  writeFileSync(file, "[Socks5]\nBindAddress = 127.0.0.1:1080");
  expect(() => loadConfig(file, parseWireproxyConfig, { environment: {} })).toThrow(
    "own.conf:1: the section [Interface] is missing",
  );
});
