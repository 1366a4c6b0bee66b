import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { DEFAULT_TUNNEL, isReservedPort } from "../../src/daemon/parts/tunnels.ts";
import { loadSettings, type Settings } from "../../src/daemon/settings.ts";
import { Failure } from "../../src/platform/failure.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

describe("a tunnel", () => {
  test("a tunnel that the file names gets what it says, and the default for the rest", () => {
    const { tunnels } = load(`
tunnels:
  us-east: { autostart: true, socks: 25345, failover: [us-west, eu], probe: "http://10.0.0.1/", recover: false }
  eu: {}
`);
    expect(tunnels).toEqual({
      "us-east": {
        autostart: true,
        socks: 25_345,
        failover: ["us-west", "eu"],
        probe: "http://10.0.0.1/",
        recover: false,
      },
      eu: DEFAULT_TUNNEL,
    });
    expect(DEFAULT_TUNNEL).toEqual({
      autostart: false,
      socks: undefined,
      failover: [],
      probe: undefined,
      recover: true,
    });
  });

  test("a tunnel in the settings may be named with its suffix", () => {
    expect(Object.keys(load("tunnels:\n  us.conf: { autostart: true }\n").tunnels)).toEqual(["us"]);
  });

  test.each(["10.0.0.1:443", "http://10.0.0.1/", "http://10.0.0.1:8080/health?full", "https://example.com"])(
    "a tunnel in the settings may be probed by %s",
    (probe) => {
      expect(load(`tunnels:\n  us: { probe: "${probe}" }\n`).tunnels["us"]?.probe).toBe(probe);
    },
  );

  test.each([
    ["probe: nowhere", "tunnels.us.probe: not a probe: write http://host/, or host:port"],
    ['probe: "ftp://host/"', "tunnels.us.probe: not a probe: write http://host/, or host:port"],
    ["socks: 0", "tunnels.us.socks: "],
    ["socks: 65536", "tunnels.us.socks: "],
    ["socks: '25345'", "tunnels.us.socks: "],
    ["autostart: often", "tunnels.us.autostart: "],
    ["recover: 1", "tunnels.us.recover: "],
    ["failover: eu", "tunnels.us.failover: "],
    ["failover: [1]", "tunnels.us.failover.0: "],
  ])("a tunnel in the settings whose settings will not do is named with the key: %s", (text, expected) => {
    expect(refusal(`tunnels:\n  us:\n    ${text}\n`)).toStartWith(expected);
  });

  test("a tunnel in the settings that is no section is named", () => {
    expect(refusal("tunnels:\n  us: true\n")).toStartWith("tunnels.us: ");
    expect(refusal("tunnels: true\n")).toStartWith("tunnels: ");
  });
});

describe("the range of SOCKS ports", () => {
  test.each([
    ["socks: {}", { from: 25_345, to: 25_599 }],
    ["socks: { from: 25400 }", { from: 25_400, to: 25_599 }],
    ["socks: { from: 7, to: 7 }", { from: 7, to: 7 }],
  ])("the range of SOCKS ports: %s", (text, expected) => {
    expect(load(text).socks).toEqual(expected);
  });

  test.each([
    ["socks: { from: 9, to: 8 }", "socks: from is greater than to"],
    ["socks: { from: 25600 }", "socks: from is greater than to"],
    ["socks: { from: 0 }", "socks.from: "],
    ["socks: { to: 65536 }", "socks.to: "],
  ])("the range of SOCKS ports that will not do is refused: %s", (text, expected) => {
    expect(refusal(text)).toStartWith(expected);
  });
});

describe("the control door's signed twin", () => {
  test("the control door's signed twin is there only where the file gives it a port", () => {
    expect(load("").control.port).toBeUndefined();
    expect(load("control: {}").control.port).toBeUndefined();
    expect(load("control: { port: 23889 }").control.port).toBe(23_889);
  });

  test("the control door's signed twin cannot have a port that the system chooses", () => {
    expect(refusal("control: { port: 0 }")).toStartWith("control.port: ");
  });
});

test("a port that a tunnel was given is set aside for it, and for no other", () => {
  const { tunnels } = load("tunnels:\n  us: { socks: 25345 }\n  eu: {}\n");
  const isReserved = (port: number, owner: string) => isReservedPort(tunnels, port, owner);
  expect([isReserved(25_345, "eu.conf"), isReserved(25_345, "us.conf"), isReserved(25_346, "eu.conf")]).toEqual([
    true,
    false,
    false,
  ]);
});

function load(text: string): Settings {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own);
  writeFileSync(paths.settings, text);
  return loadSettings(paths, {}, {});
}

/** What is wrong with a file, without its name. */
function refusal(text: string): string {
  try {
    load(text);
  } catch (error) {
    if (error instanceof Failure && error.code === "settings-invalid") return error.message.replace(/^\S+: /, "");
    throw error;
  }
  throw new Error("nothing was refused");
}
