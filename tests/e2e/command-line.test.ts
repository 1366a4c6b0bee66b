import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { modeOf } from "../rig/mode-of.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const { makeConfig, start } = openTunnelScene();

const ANSI = "\u001b[";

describe("exit codes and streams", () => {
  test.each([
    [["--version"], 0, /^WpDaemon version \d+\.\d+\.\d+ \(TypeScript\)\n$/, /^$/],
    [["--help"], 0, /Exit codes: 0 done/, /^$/],
    [["help"], 0, /Usage: wpdaemon/, /^$/],
    [["up", "--help"], 0, /wpdaemon up \[OPTIONS\] NAME\.\.\./, /^$/],
    [["stauts"], 2, /^$/, /unknown command "stauts"\n {2}→ did you mean "wpdaemon status"\?/],
    [["config"], 2, /^$/, /is not complete/],
    [["up"], 2, /^$/, /Missing required positional argument: NAME/],
    [["up", "x", "--prot", "1"], 2, /^$/, /unknown option "--prot"\n {2}→ did you mean "--port"\?/],
    [["--quux"], 2, /^$/, /unknown option "--quux"/],
    [["--daemon", "-p", "70000"], 2, /^$/, /-p needs a port number, not "70000"/],
    [
      ["linksocks", "server", "-r", "--socks-username", "x".repeat(256)],
      2,
      /^$/,
      /--socks-username is longer than 255 bytes/,
    ],
    [
      ["linksocks", "server", "-r", "--socks-password", "x".repeat(256)],
      2,
      /^$/,
      /--socks-password is longer than 255 bytes/,
    ],
    [["status", "-p", "1"], 3, /^$/, /no daemon answers on 127\.0\.0\.1:1/],
    [["up", "x", "-p", "1", "--json"], 3, /^$/, /no daemon answers/],
  ])("the exit code and both streams are as documented: wpdaemon %p", async (words, code, output, complaint) => {
    const run = await call(words);
    expect(run).toEqual({
      code,
      output: expect.stringMatching(output),
      complaint: expect.stringMatching(complaint),
    });
    expect(run.output + run.complaint).not.toContain(ANSI);
  });
});

test("a daemon passes over words that it does not know, and says so: its predecessors' units and scripts have such", async () => {
  await using daemon = await start({ words: ["--quux", "-x", "whatever"] });
  expect((await daemon.ask("whoami:")).error).toBeNull();
  for (const word of ["--quux", "-x", "whatever"])
    expect(daemon.output()).toMatch(new RegExp(`"${word}".*: passed over`));
});

test("up, status and down drive a running daemon, for people and for programs", async () => {
  await using daemon = await start();
  const { text, socksPort } = makeConfig();
  daemon.writeConfig("us-east.conf", text);
  const where = ["-p", String(daemon.port), "--home", daemon.home];
  const up = await call(["up", "us-east", ...where]);
  expect(up.output).toMatch(
    /^running us-east, process \d+\nsocks5 {2}127\.0\.0\.1:\d+\nhttp {4}127\.0\.0\.1:\d+\nlog {5}\/.*\.log\n$/,
  );
  const status = JSON.parse((await call(["status", "--json", ...where])).output);
  expect(status).toEqual({
    daemon: expect.objectContaining({ state: "running", pid: daemon.pid, address: `127.0.0.1:${daemon.port}` }),
    events: { url: expect.stringMatching(/^ws:\/\/localhost:\d+$/), clients: 0, fault: null },
    tunnels: [
      expect.objectContaining({
        name: "us-east",
        config: "us-east.conf",
        state: "running",
        health: "healthy",
        reason: "its peer answers",
        socks: `127.0.0.1:${socksPort}`,
        pid: expect.any(Number),
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      }),
    ],
  });
  // One that is up already is given as it is; only its traffic may have been counted meanwhile.
  const again = JSON.parse((await call(["up", "us-east", "--json", ...where])).output);
  expect({ ...again, traffic: null }).toEqual({ ...status.tunnels[0], traffic: null });
  expect(JSON.parse((await call(["down", "--json", ...where])).output)).toMatchObject({
    name: "us-east",
    state: "idle",
  });
  expect(await call(["down", ...where])).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("no tunnel is up"),
  });
});

test("config import adds a missing listener, refuses what exists, and keeps the file private", async () => {
  using folder = temporaryFolder();
  const source = `${folder.path}/source.conf`;
  const text = makeConfig().text.replace(/\[Socks5\].*/s, "#[Socks5]\n");
  writeFileSync(source, text);
  const where = ["--home", `${folder.path}/argus`];
  const imported = await call(["config", "import", source, "--name", "us-east", ...where]);
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining("imported us-east.conf, with a SOCKS5") });
  const target = `${folder.path}/argus/wireproxy_confs/us-east.conf`;
  expect(readFileSync(target, "utf8")).toBe(`${text}\n[Socks5]\nBindAddress = 127.0.0.1:25344\n`);
  expect(modeOf(target)).toBe(0o600);
  expect((await call(["config", "import", source, "--name", "us-east", ...where])).code).toBe(1);
  expect(JSON.parse((await call(["config", "list", "--json", ...where])).output)).toEqual([
    { name: "us-east.conf", startable: true, socks: ["127.0.0.1:25344"] },
  ]);
  expect((await call(["config", "check", "us-east", ...where])).code).toBe(0);
  expect((await call(["config", "remove", "us-east", ...where])).code).toBe(0);
  expect((await call(["config", "remove", "us-east", ...where])).code).toBe(1);
});

test("config add takes a text on standard input, and refuses one that cannot start, without a word of its key", async () => {
  using folder = temporaryFolder();
  const { text, privateKey } = makeConfig();
  const where = ["--home", folder.path];
  expect((await call(["config", "add", "good", ...where], text)).code).toBe(0);
  const refused = await call(["config", "add", "bad", ...where], text.replace(privateKey, privateKey.slice(1)));
  expect(refused.complaint).not.toContain(privateKey.slice(1, 20));
  expect(refused).toMatchObject({ code: 1, complaint: expect.stringContaining("bad.conf:2: PrivateKey") });
});

test("an unknown key in the settings is an error that names the nearest known one", async () => {
  using folder = temporaryFolder();
  Bun.spawnSync(["mkdir", "-p", `${folder.path}/wpdaemon`]);
  writeFileSync(`${folder.path}/wpdaemon/config.yaml`, "line:\n  prot: 1\n");
  expect(await call(["--daemon", "--home", folder.path])).toMatchObject({
    code: 2,
    complaint: expect.stringMatching(/config\.yaml: unknown key "line\.prot"\n.*did you mean "port"\?/),
  });
});

test("the prompt knows status, configs, start, stop, logs, daemonize, help and quit, and no other word", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  const config = makeConfig();
  const where = ["-p", String(port), "--home", folder.path];
  await call(["config", "add", "us-east", "--home", folder.path], config.text);
  const script = "daemonize\nstatus\nconfigs\nstart us-east\nstatus\nstop\nlogs 1\nhelp\nfoo\nquit\n";
  const { code, output, complaint } = await call(["-i", ...where], script, { WPDAEMON_WIREPROXY: STAND_IN });
  const pid = Number(/daemon running, process (\d+)/.exec(output)?.[1]);
  try {
    expect(code).toBe(0);
    expect(output).toContain(`no daemon answers on 127.0.0.1:${port}`);
    expect(output).toContain("wpd> us-east.conf\n");
    expect(output).toMatch(/wpd> running us-east\.conf, process \d+, log \//);
    expect(output).toContain("wpd> stopped us-east.conf\n");
    expect(output).toMatch(/wpd> \[.*\] \[SUCCESS\] Command executed successfully: spin_down:/);
    expect(output).toContain("daemonize       start a daemon in the background");
    expect(output).toEndWith("Goodbye!\n");
    expect(complaint).toContain("Unknown command: foo");
  } finally {
    process.kill(pid, "SIGTERM");
  }
  await until("the daemon has ended", async () => (await call(["status", "-p", String(port)])).code === 3);
});

async function call(words: readonly string[], input = "", environment: Record<string, string> = {}) {
  const run = Bun.spawn([EXECUTABLE, ...words], {
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...environment },
  });
  const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { code, output, complaint };
}
