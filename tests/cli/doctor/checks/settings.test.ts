import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../../../src/cli/doctor/attempt.ts";
import { checkSettings } from "../../../../src/cli/doctor/checks/settings.ts";
import { loadSettings } from "../../../../src/daemon/settings.ts";
import { installation } from "../circumstances.ts";

test.each<[string, readonly (readonly [string, string])[]]>([
  ["", [["ok", "valid"]]],
  ["tunnels: { us: { failover: [eu] } }", [["ok", "valid"]]],
  [
    "tunnels: { us: { failover: [eu.conf, nowhere] } }",
    [["problem", "tunnels.us.failover: there is no config nowhere"]],
  ],
  ["tunnels: { us: { failover: [us] } }", [["warning", "tunnels.us.failover names the tunnel itself"]]],
  ["tunnels: { gone: {} }", [["warning", "tunnels.gone: there is no such config"]]],
  ["tunnels: { us: { socks: 25400 }, eu: { socks: 25400 } }", [["problem", "tunnels.eu.socks is the port of us too"]]],
  ["tunels: {}", [["problem", 'unknown key "tunels"']]],
  ["line: [", [["problem", "not valid YAML"]]],
])("doctor finds what is wrong with the settings %j", async (text, expected) => {
  using home = installation();
  for (const name of ["us", "eu"]) writeFileSync(join(home.paths.configs, `${name}.conf`), "");
  writeFileSync(home.paths.settings, text);
  const found = await checkSettings(home.see({ settings: attempt(() => loadSettings(home.paths, {}, {})) }));
  expect(found.map((diagnosis): string => diagnosis.severity)).toEqual(expected.map(([severity]) => severity));
  for (const [index, [, message]] of expected.entries()) expect(found[index]?.message).toContain(message);
});
