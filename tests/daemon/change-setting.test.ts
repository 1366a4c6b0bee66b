import { expect, test } from "bun:test";
import { changeTunnelSetting, type SettingValue } from "../../src/daemon/change-setting.ts";
import { failureOf } from "../rig/rejection.ts";

const FILE = `# mine
line: { port: 23888 } # the usual one

tunnels:
  # the first
  us-east.conf:
    autostart: true # always
    socks: 25350
  eu-west: { recover: false }
`;

test("a setting of a tunnel is changed, and comments and order stay", () => {
  const changed = changeTunnelSetting(FILE, "us-east", "autostart", false);
  expect(changed).toBe(FILE.replace("autostart: true", "autostart: false"));
  expect(changeTunnelSetting(FILE, "eu-west", "failover", ["us-east"])).toBe(
    FILE.replace("{ recover: false }", "{ recover: false, failover: [ us-east ] }"),
  );
});

test("a setting that gets its default is taken out", () => {
  expect(changeTunnelSetting(FILE, "us-east", "socks", undefined)).toBe(FILE.replace("    socks: 25350\n", ""));
  expect(Bun.YAML.parse(changeTunnelSetting("", "de", "socks", undefined))).toEqual({ tunnels: { de: {} } });
});

test.each(["", "# only a comment\n", "line: { port: 1 }\n", "tunnels:\n", "tunnels: {}\n", "tunnels:\n  de:\n"])(
  "what is missing in a file is made: %j",
  (text) => {
    const changed = changeTunnelSetting(text, "de", "socks", 25_400);
    expect(Bun.YAML.parse(changed)).toMatchObject({ tunnels: { de: { socks: 25_400 } } });
    expect(changed).toContain(text.startsWith("#") ? "# only a comment" : "tunnels:");
  },
);

test.each<SettingValue>(["http://10.0.0.1/", "10.0.0.1:80", "true", "25344", "# no comment", "a: b", "é\n"])(
  "a text is read again as it was written: %j",
  (value) => {
    const changed = changeTunnelSetting(FILE, "no-such: name", "probe", value);
    expect(Bun.YAML.parse(changed)).toMatchObject({ tunnels: { "no-such: name": { probe: value } } });
  },
);

test.each(["- a list\n", "tunnels: [us-east]\n", "tunnels: { us-east: 5 }\n", "a: {\n"])(
  "a file that has no place for the setting is refused: %j",
  (text) => {
    const { code, message } = failureOf(() => changeTunnelSetting(text, "us-east", "socks", 1));
    expect([code, message]).toEqual(["settings-invalid", expect.stringContaining("config.yaml cannot be changed")]);
  },
);
