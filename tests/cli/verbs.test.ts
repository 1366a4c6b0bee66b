import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { loadGroups, NAMES } from "../../src/cli/commands.ts";
import { FLAGS } from "../../src/cli/flags.ts";
import { explainAll, explainVerb } from "../../src/cli/output/help.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { US_EAST } from "../rig/tunnel-entry.ts";
import { runCommandLine } from "./command-line.ts";
import { IDLE, refuse, startStubDaemon, writeRecord } from "./daemon/stub-daemon.ts";

describe("status", () => {
  test("`status --json` prints the daemon's own document", async () => {
    using stub = startStubDaemon({ tunnels: [US_EAST, IDLE] });
    const { code, output } = await runCommandLine(["status", "--json", "--home", stub.home]);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({ daemon: stub.daemon, tunnels: [US_EAST, IDLE] });
  });

  test("`status` with a name shows that tunnel alone", async () => {
    const routes = { "GET /v1/tunnels/us-east": () => US_EAST };
    using stub = startStubDaemon({ tunnels: [IDLE, US_EAST], routes });
    const words = ["status", "us-east", "--home", stub.home];
    expect((await runCommandLine(words)).output).not.toContain(IDLE.name);
    expect(JSON.parse((await runCommandLine([...words, "--json"])).output)).toMatchObject({ tunnels: [US_EAST] });
  });

  test("a person gets a table, without colours where there is no terminal", async () => {
    using stub = startStubDaemon({ tunnels: [US_EAST] });
    const { output } = await runCommandLine(["status", "--home", stub.home]);
    expect(output).toContain("us-east  running  healthy  127.0.0.1:25344  4242");
    expect(output).not.toContain("\u001b");
  });
});

describe("up", () => {
  const routes = {
    "POST /v1/tunnels/us-east/up": () => US_EAST,
    "POST /v1/tunnels/us-east/prove": () => US_EAST,
    "POST /v1/tunnels/eu-west/up": () => refuse("start-failed", "its port is taken", "free it"),
  };

  test("`up --json` of one name prints that tunnel's entry", async () => {
    using stub = startStubDaemon({ routes });
    const { code, output } = await runCommandLine(["up", "us-east", "--json", "--home", stub.home]);
    expect([code, JSON.parse(output)]).toEqual([0, US_EAST]);
  });

  test("`up` does not ask how far a tunnel is that was up at once", async () => {
    using stub = startStubDaemon({ routes });
    expect((await runCommandLine(["up", "us-east", "--home", stub.home])).code).toBe(0);
    expect(stub.requests.map(([route]) => route)).not.toContain("GET /v1/tunnels/us-east");
  });

  test("several names: each is tried, and one that is refused keeps no other back", async () => {
    using stub = startStubDaemon({ routes });
    const words = ["up", "eu-west", "us-east", "--home", stub.home];
    const text = await runCommandLine(words);
    expect(text.code).toBe(1);
    expect(text.output).toStartWith("running us-east, process 4242\nsocks5  127.0.0.1:25344\n");
    expect(text.complaint).toBe("wpdaemon: its port is taken\n  → free it\n");
    const { code, output } = await runCommandLine([...words, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual([
      { name: "eu-west", error: { code: "start-failed", message: "its port is taken", hint: "free it" } },
      US_EAST,
    ]);
  });
});

describe("down", () => {
  const routes = {
    "POST /v1/tunnels/us-east/down": () => ({ ...IDLE, name: "us-east" }),
    "POST /v1/tunnels/eu-west/down": () => IDLE,
  };
  const both = [US_EAST, { ...US_EAST, name: "eu-west" }];

  test.each([
    [[US_EAST, IDLE], [], 0, "stopped us-east\n"],
    [[US_EAST], ["us-east"], 0, "stopped us-east\n"],
    [both, ["--all"], 0, "stopped us-east\nstopped eu-west\n"],
    [[IDLE], ["--all"], 0, "no tunnel is up\n"],
  ])("`down` ends the tunnels that are meant: case %#", async (tunnels, words, code, output) => {
    using stub = startStubDaemon({ tunnels, routes });
    expect(await runCommandLine(["down", ...words, "--home", stub.home])).toEqual({ code, output, complaint: "" });
  });

  test.each([
    [[IDLE], [], 1, "no tunnel is up"],
    [both, [], 2, "several tunnels are up: us-east, eu-west"],
    [both, ["us-east", "--all"], 2, "exclude each other"],
  ])("`down` is refused: case %#", async (tunnels, words, code, complaint) => {
    using stub = startStubDaemon({ tunnels, routes });
    const run = await runCommandLine(["down", ...words, "--home", stub.home]);
    expect(run).toEqual({ code, output: "", complaint: expect.stringContaining(complaint) });
    expect(stub.requests.some(([route]) => route.startsWith("POST"))).toBe(false);
  });

  test("`down --all --json` prints a list, however many tunnels there are", async () => {
    using stub = startStubDaemon({ tunnels: [US_EAST], routes });
    const { output } = await runCommandLine(["down", "--all", "--json", "--home", stub.home]);
    expect(JSON.parse(output)).toEqual([{ ...IDLE, name: "us-east" }]);
  });
});

describe("start and restart", () => {
  test("a daemon that runs stays, unless another port is asked for", async () => {
    using stub = startStubDaemon({});
    const words = ["start", "--home", stub.home];
    expect(await runCommandLine(words)).toMatchObject({
      code: 0,
      output: `a daemon is already running: version 2.0.0, process ${process.pid}, on 127.0.0.1:23888\n`,
    });
    const json = JSON.parse((await runCommandLine([...words, "--json", "-p", "23888"])).output);
    expect(json).toMatchObject({ started: false, pid: process.pid, address: "127.0.0.1:23888" });
    expect(await runCommandLine([...words, "-p", "4321"])).toMatchObject({
      code: 1,
      complaint: expect.stringContaining("runs already, on 127.0.0.1:23888"),
    });
  });

  test("`start` takes no name, and names the command that does", async () => {
    expect(await runCommandLine(["start", "us-east"])).toMatchObject({
      code: 2,
      complaint: expect.stringContaining("wpdaemon up us-east"),
    });
  });

  test("restart works for a tunnel, and for the daemon only by an executable", async () => {
    using stub = startStubDaemon({ routes: { "POST /v1/tunnels/us-east/restart": () => US_EAST } });
    const where = ["--home", stub.home];
    expect((await runCommandLine(["restart", "us-east", ...where])).output).toStartWith("running us-east");
    const refused = await runCommandLine(["restart", ...where]);
    expect(refused).toMatchObject({ code: 2, complaint: expect.stringContaining("dist/wpdaemon restart") });
  });
});

test("version tells of this program, and of the daemon where one runs", async () => {
  using stub = startStubDaemon({});
  const words = ["version", "--json", "--home", stub.home];
  const version = { version: expect.stringMatching(/^\d+\.\d+\.\d+$/), bun: Bun.version, platform: expect.any(String) };
  expect(JSON.parse((await runCommandLine(words)).output)).toEqual({
    ...version,
    daemon: { version: "2.0.0", pid: process.pid },
    wireproxy: "/usr/bin/wireproxy",
  });
  stub.stop();
  expect(JSON.parse((await runCommandLine(words)).output)).toEqual({ ...version, daemon: null, wireproxy: null });
});

describe("exit codes", () => {
  test.each([
    "stop",
    "restart us-east",
    "wait us-east --health healthy",
    "logs -f",
    "status -p 1",
    "up us-east -p 1",
    "down -p 1",
  ])("the exit code is 3 where no daemon runs: %s", async (words) => {
    using folder = temporaryFolder();
    const { code, output } = await runCommandLine([...words.split(" "), "--home", folder.path]);
    expect([code, output]).toEqual([3, ""]);
  });

  test("--json tells an error as a document, with its code", async () => {
    using folder = temporaryFolder();
    const { code, output, complaint } = await runCommandLine(["stop", "--json", "--home", folder.path]);
    expect([code, output]).toEqual([3, ""]);
    expect(JSON.parse(complaint)).toEqual({
      ok: false,
      error: {
        code: "daemon-not-started",
        message: `no daemon runs for ${folder.path}`,
        hint: "start one with: wpdaemon start",
      },
    });
  });

  test("4 where the state file is corrupt and no daemon runs", async () => {
    using folder = temporaryFolder();
    const paths = pathsBelow(folder.path);
    writeRecord(paths, {});
    writeFileSync(paths.state, "{");
    expect((await runCommandLine(["stop", "--home", folder.path])).code).toBe(4);
  });

  test("the exit code is 5 where permission is denied", async () => {
    using stub = startStubDaemon({ routes: { "GET /v1/status": () => refuse("permission-denied", "not you") } });
    expect((await runCommandLine(["status", "--home", stub.home])).code).toBe(5);
  });
});

describe("help", async () => {
  const groups = await loadGroups();
  const verbs = [...groups.values()].flat();

  test("each command is listed by the name that it has itself", () => {
    expect(verbs.map(({ name }) => name)).toEqual([...NAMES]);
  });

  test("`help` of the program names every command and flag, within 80 columns", () => {
    const text = explainAll(groups);
    for (const { name, summary } of verbs) {
      expect(text).toMatch(new RegExp(`^  ${name}\\s`, "m"));
      // A long one goes on in the next line.
      expect(text.replace(/\n +/g, " ")).toContain(summary);
    }
    for (const { name } of FLAGS) expect(text).toContain(` --${name} `);
    expectNarrow(text);
  });

  test.each(verbs.map((verb) => [verb.name, verb] as const))(
    "`help` of %s says what it does and names all that it takes, within 80 columns",
    (name, verb) => {
      const text = explainVerb(verb);
      expect(text).toStartWith(`Usage: wpdaemon ${name} `);
      expect(text).toContain(`\n\n${verb.summary}.`);
      for (const option of verb.options) {
        const isPositional = option.type === "positional";
        expect(text).toContain(isPositional ? `\n  ${option.name.toUpperCase()} ` : `--${option.name}`);
      }
      expectNarrow(text.split(/\nExamples?\n/, 1)[0] ?? "");
    },
  );

  test.each([
    ["help up", "Usage: wpdaemon up [OPTIONS] NAME...\n"],
    ["up --help", "Usage: wpdaemon up [OPTIONS] NAME...\n"],
    ["run -h", "Usage: wpdaemon run --via TUNNEL [OPTIONS] COMMAND...\n"],
    ["help config", "Usage: wpdaemon config COMMAND "],
    ["config --help", "Usage: wpdaemon config COMMAND "],
    ["help config add", "Usage: wpdaemon config add [OPTIONS] NAME\n"],
    ["-p 1 --help", "WpDaemon "],
    ["help", "WpDaemon "],
  ])("`help` is shown by: %s", async (words, beginning) => {
    const { code, output } = await runCommandLine(words.split(" "));
    expect([code, output.slice(0, beginning.length)]).toEqual([0, beginning]);
  });
});

test.each([
  ["ls", "list"],
  ["ps", "status"],
  ["config ls", "config list"],
])("%s stands for %s, in the help too", async (alias, name) => {
  const beginning = `Usage: wpdaemon ${name} `;
  expect((await runCommandLine([...alias.split(" "), "--help"])).output).toStartWith(beginning);
  expect((await runCommandLine(["help", ...alias.split(" ")])).output).toStartWith(beginning);
});

test.each(["bash", "zsh", "fish"])("`completion` prints what %s completes every command by", async (shell) => {
  const { code, output } = await runCommandLine(["completion", shell]);
  expect(code).toBe(0);
  for (const name of NAMES) expect(output).toContain(name);
});

test("`completion` knows no other shell", async () => {
  expect(await runCommandLine(["completion", "tcsh"])).toMatchObject({ code: 2, output: "" });
});

describe("a mistyped command", () => {
  test.each([
    ["stat", "stat", "wpdaemon status"],
    ["stauts", "stauts", "wpdaemon status"],
    ["confg add", "confg", "wpdaemon config"],
    ["config lst", "config lst", "wpdaemon config list"],
    ["events publsh", "events publsh", "wpdaemon events publish"],
    ["doctor cln --dry-run", "doctor cln", "wpdaemon doctor clean"],
    ["help stauts", "stauts", "wpdaemon status"],
  ])("of a mistyped command the nearest is named: %s", async (words, typed, near) => {
    expect(await runCommandLine(words.split(" "))).toEqual({
      code: 2,
      output: "",
      complaint: `wpdaemon: unknown command "${typed}"\n  → did you mean "${near}"?\n`,
    });
  });

  test.each([
    ["--quux", 'unknown option "--quux"'],
    ["-x", 'unknown option "-x"'],
    ["-p 1 status", '"status" stands after a flag'],
  ])("a flag that nobody knows is refused: %s", async (words, message) => {
    const { code, output, complaint } = await runCommandLine(words.split(" "));
    expect([code, output]).toEqual([2, ""]);
    expect(complaint).toStartWith(`wpdaemon: ${message}\n`);
  });
});

test.each(["-v", "-V", "--version"])("%s prints the version", async (flag) => {
  expect((await runCommandLine([flag])).output).toMatch(/^WpDaemon version [\d.]+ \(TypeScript\)\n$/);
});

function expectNarrow(text: string): void {
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
}
