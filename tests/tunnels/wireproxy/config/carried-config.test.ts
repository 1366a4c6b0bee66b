import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deriveConfig } from "../../../../src/tunnels/config/derive.ts";
import { loadCarriedConfig } from "../../../../src/tunnels/wireproxy/config/carried-config.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { sampleLink } from "../../linksocks/sample-link.ts";
import { parse, sampleConfig } from "./sample-config.ts";

test("a LinkSocks config on a wireproxy's peer keeps its listener, and leaves its server and its token", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "ws.conf");
  const rest = "[Socks5]\nBindAddress = 127.0.0.1:1080\nUsername = me\nPassword = hush";
  writeFileSync(file, sampleLink({ rest }), { mode: 0o600 });
  const { text, listeners } = loadCarriedConfig(file, {});
  expect(listeners).toMatchObject([{ kind: "socks5", host: "127.0.0.1", port: 1_080, protected: true }]);
  const derived = deriveConfig(text, { file, carrier: { file: "/confs/us.conf", text: sampleConfig({ rest: "" }) } });
  const { config, findings } = parse(derived);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(config.sections.map(({ name }) => name)).toEqual(["Interface", "Peer", "Socks5"]);
  expect(derived).not.toContain("let-me-in");
});

test("a wireproxy config that is to be carried has to be whole itself", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "us.conf");
  writeFileSync(file, "[Socks5]\nBindAddress = 127.0.0.1:1080", { mode: 0o600 });
  expect(() => loadCarriedConfig(file, {})).toThrow("[Interface] is missing");
});
