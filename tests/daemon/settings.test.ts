import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { DEFAULT_PORT } from "../../src/daemon/parts/line.ts";
import { loadSettings } from "../../src/daemon/settings.ts";
import { type Paths, pathsBelow } from "../../src/platform/files/paths.ts";
import { failureOf } from "../rig/rejection.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const FILE = `line:
  port: 1001
wireproxy:
  path: /opt/wireproxy
  mirror: https://file.example/w
`;
const ENVIRONMENT = { WPDAEMON_PORT: "1002", WPDAEMON_MIRROR: "https://variable.example/w" };

describe("precedence", () => {
  test("without file, variable and flag the defaults hold", () => {
    using home = createHome();
    expect(loadSettings(home.paths, {}, {})).toEqual({
      line: { port: DEFAULT_PORT, users: "all", audit_questions: false },
      wireproxy: { info_port: true },
      socks: { from: 25_345, to: 25_599 },
      listen: { beyond_loopback: false },
      control: { metrics: false },
      stream: { enabled: true, port: 8_765, origins: [] },
      tunnels: {},
    });
    expect(DEFAULT_PORT).toBe(23_888);
  });

  test("the file beats the default", () => {
    using home = createHome(FILE);
    expect(loadSettings(home.paths, {}, {})).toMatchObject({
      line: { port: 1001 },
      wireproxy: { path: "/opt/wireproxy", mirror: "https://file.example/w" },
    });
  });

  test("the environment beats the file", () => {
    using home = createHome(FILE);
    expect(loadSettings(home.paths, ENVIRONMENT, {})).toMatchObject({
      line: { port: 1002 },
      wireproxy: { path: "/opt/wireproxy", mirror: "https://variable.example/w" },
    });
  });

  test("the flag beats the environment, a port of 0 too", () => {
    using home = createHome(FILE);
    expect(loadSettings(home.paths, ENVIRONMENT, { port: 1003 }).line.port).toBe(1003);
    expect(loadSettings(home.paths, ENVIRONMENT, { port: 0 }).line.port).toBe(0);
    expect(loadSettings(home.paths, ENVIRONMENT, { port: undefined }).line.port).toBe(1002);
  });
});

test.each(["", " \n\n", "# only a comment\n", "null\n", "{}", "line: {}\nwireproxy: {}\n"])(
  "a file that says nothing is as none: %j",
  (text) => {
    using home = createHome(text);
    expect(loadSettings(home.paths, {}, {}).line.port).toBe(DEFAULT_PORT);
  },
);

test.each([
  ["lin: {}", "lin", "line"],
  ["wireprxoy:\n  path: /x", "wireprxoy", "wireproxy"],
  ["line:\n  prot: 1", "line.prot", "port"],
  ["wireproxy:\n  Path: /x", "wireproxy.Path", "path"],
  ["wireproxy:\n  miror: https://x.example", "wireproxy.miror", "mirror"],
  ["tunnles: {}", "tunnles", "tunnels"],
  ["socks:\n  form: 25345", "socks.form", "from"],
  ["control:\n  prot: 1", "control.prot", "port"],
  ["tunnels:\n  us:\n    recovre: false", "tunnels.us.recovre", "recover"],
  ["tunnels:\n  us:\n    faliover: [eu]", "tunnels.us.faliover", "failover"],
  ["tunnels:\n  us: {}\n  eu:\n    autostrat: true", "tunnels.eu.autostrat", "autostart"],
])("an unknown key names itself and the nearest known one: %j", (text, key, near) => {
  using home = createHome(text);
  const failure = failureOf(() => loadSettings(home.paths, {}, {}));
  expect([failure.code, failure.message, failure.hint]).toEqual([
    "settings-invalid",
    `${home.paths.settings}: unknown key "${key}"`,
    `did you mean "${near}"?`,
  ]);
});

test.each(["frobnicate: 1", "line:\n  frobnicate: 1", "tunnels:\n  us:\n    frobnicate: 1"])(
  "an unknown key that is near to none is told with the known ones: %j",
  (text) => {
    using home = createHome(text);
    const failure = failureOf(() => loadSettings(home.paths, {}, {}));
    expect(failure.message).toContain("frobnicate");
    for (const section of [
      "line (port, users, audit_questions)",
      "wireproxy (path, mirror, info_port)",
      "socks (from, to)",
      "control (port, metrics)",
      "tunnels.NAME",
    ]) {
      expect(failure.hint).toContain(section);
    }
  },
);

test.each([
  ["line:\n  port: many", "line.port"],
  ["line:\n  port: '1001'", "line.port"],
  ["line:\n  port: 1.5", "line.port"],
  ["line:\n  port: -1", "line.port"],
  ["line:\n  port: 65536", "line.port"],
  ["line: 1001", "line"],
  ["wireproxy:\n  path: [a]", "wireproxy.path"],
  ["wireproxy:\n  mirror: not a url", "wireproxy.mirror"],
  ["line", "the whole file"],
])("a value that will not do names the file and its key: %j", (text, key) => {
  using home = createHome(text);
  const failure = failureOf(() => loadSettings(home.paths, {}, {}));
  expect(failure.code).toBe("settings-invalid");
  expect(failure.message).toStartWith(`${home.paths.settings}: ${key}: `);
});

test.each(["line: [", "a: b: c", "line:\n\t- x: ]"])("what is not YAML names the file: %j", (text) => {
  using home = createHome(text);
  const failure = failureOf(() => loadSettings(home.paths, {}, {}));
  expect(failure.code).toBe("settings-invalid");
  expect(failure.message).toStartWith(`${home.paths.settings}: not valid YAML: `);
});

test.each([
  [{ WPDAEMON_PORT: "x" }, "WPDAEMON_PORT"],
  [{ WPDAEMON_PORT: "" }, "WPDAEMON_PORT"],
  [{ WPDAEMON_PORT: "65536" }, "WPDAEMON_PORT"],
  [{ WPDAEMON_PORT: "-1" }, "WPDAEMON_PORT"],
  [{ WPDAEMON_MIRROR: "nowhere" }, "WPDAEMON_MIRROR"],
])("a variable that will not do is named: %j", (environment, name) => {
  using home = createHome(FILE);
  const failure = failureOf(() => loadSettings(home.paths, environment, {}));
  expect(failure.code).toBe("settings-invalid");
  expect(failure.message).toStartWith(`environment: ${name}: `);
});

test("a value of the wrong kind is told with how it is written, in the file and in a variable", () => {
  using home = createHome('line: { port: "24991" }\n');
  expect(failureOf(() => loadSettings(home.paths, {}, {})).hint).toContain("digits alone, without quotes");
  using other = createHome();
  const failure = failureOf(() => loadSettings(other.paths, { WPDAEMON_BEYOND_LOOPBACK: "yes" }, {}));
  expect(failure.hint).toContain("true or false");
});

test("other variables are none of our business", () => {
  using home = createHome();
  expect(loadSettings(home.paths, { PATH: "/bin", WPDAEMON_PRT: "x" }, {}).line.port).toBe(DEFAULT_PORT);
});

function createHome(settings?: string): { readonly paths: Paths; [Symbol.dispose](): void } {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own);
  if (settings !== undefined) writeFileSync(paths.settings, settings);
  return { paths, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("a place where no file can be is named, with what to do", () => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/wpdaemon`, "a file where the folder belongs");
  const failure = failureOf(() => loadSettings(pathsBelow(folder.path), {}, {}));
  expect([failure.code, failure.message]).toEqual([
    "usage",
    `cannot read ${folder.path}/wpdaemon/config.yaml: ENOTDIR`,
  ]);
  expect(failure.hint).toContain("--home");
});
