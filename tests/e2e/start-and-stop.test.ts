import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Call, callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { modeOf } from "../rig/mode-of.ts";
import { isAlive } from "../rig/processes.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

/** An installation without a daemon; whatever daemon a test starts there is ended with it. */
function installation() {
  const folder = temporaryFolder();
  const port = String(freePort());
  const own = join(folder.path, "wpdaemon");
  const call = (...words: string[]): Promise<Call> =>
    callWpdaemon(folder.path, words, { WPDAEMON_WIREPROXY: STAND_IN, WPDAEMON_PORT: port });
  return {
    home: folder.path,
    own,
    call,
    state: () => JSON.parse(readFileSync(join(own, "state.json"), "utf8")),
    async [Symbol.asyncDispose]() {
      await call("stop");
      folder[Symbol.dispose]();
    },
  };
}

test("every line that a daemon in the background writes into its log begins with the time", async () => {
  await using at = installation();
  await at.call("start");
  const lines = readFileSync(join(at.own, "daemon.log"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]/);
});

test("a daemon that was started is found running when it is started again", async () => {
  await using at = installation();
  const first = await at.call("start");
  expect(first).toMatchObject({ code: 0, complaint: "" });
  const { pid, state, stateReason } = at.state();
  expect({ alive: isAlive(pid), state, stateReason }).toEqual({ alive: true, state: "running", stateReason: "ready" });
  const second = await at.call("start");
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining("already running") });
  expect(at.state().pid).toBe(pid);
});

test("of ten that start at once exactly one survives, and the others exit with 75", async () => {
  await using at = installation();
  const port = String(freePort());
  const starts = Array.from({ length: 10 }, () =>
    Bun.spawn([EXECUTABLE, "--daemon", "-p", port, "--home", at.home], {
      stdio: ["ignore", "ignore", "ignore"],
      env: { PATH: process.env["PATH"], HOME: at.home, WPDAEMON_WIREPROXY: STAND_IN },
    }),
  );
  await until("nine have ended", () => starts.filter((start) => start.exitCode !== null).length === 9);
  expect(starts.filter((start) => start.exitCode === 75).length).toBe(9);
  const [survivor] = starts.filter((start) => start.exitCode === null);
  await until("it runs", () => existsSync(join(at.own, "state.json")) && at.state().state === "running");
  expect(at.state().pid).toBe(survivor?.pid);
});

test.each([
  ["an empty lock file", ""],
  ["a lock file with a dead process", '{"pid":4194301}\n'],
  ["a lock file with a living stranger", `{"pid":${process.pid}}\n`],
])("%s does not keep a daemon from starting", async (_, content) => {
  await using at = installation();
  mkdirSync(at.own, { mode: 0o700 });
  writeFileSync(join(at.own, "lock"), content);
  expect((await at.call("start")).code).toBe(0);
});

test("after kill -9, status tells it, and start works", async () => {
  await using at = installation();
  await at.call("start");
  const { pid } = at.state();
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => !isAlive(pid));
  const status = await at.call("status");
  expect(status.code).toBe(3);
  expect(status.complaint).toContain("crashed (detected-dead)");
  expect((await at.call("start")).code).toBe(0);
  expect(at.state().previous).toMatchObject({ pid, state: "crashed", stateReason: "detected-dead" });
});

test("stop never signals a process that only has the daemon's number", async () => {
  await using at = installation();
  await at.call("start");
  const { pid, process: known, ...rest } = at.state();
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => !isAlive(pid));
  const stranger = Bun.spawn(["sleep", "60"]);
  writeFileSync(
    join(at.own, "state.json"),
    JSON.stringify({ ...rest, pid: stranger.pid, process: { ...known, pid: stranger.pid } }),
  );
  expect((await at.call("stop")).code).toBe(3);
  expect(isAlive(stranger.pid)).toBe(true);
  stranger.kill();
  await stranger.exited;
});

test("pid reuse: a record that names a stranger's process does not make us signal it", async () => {
  await using at = installation();
  await at.call("start");
  await at.call("stop");
  const stranger = Bun.spawn(["sleep", "60"], { detached: true });
  const child = {
    config: "us-east.conf",
    configFile: join(at.home, "wireproxy_confs/us-east.conf"),
    logFile: join(at.home, "wp-server-logs/1_us-east.log"),
    pipe: join(at.own, "pipes/1_us-east.log.pipe"),
    program: "/bin/sleep",
    startedAt: 1,
    listeners: [],
    process: { pid: stranger.pid, startTime: "another boot:1", executable: "/bin/sleep" },
  };
  writeFileSync(join(at.own, "state.json"), JSON.stringify({ ...at.state(), children: [child] }));
  await at.call("start");
  await at.call("stop");
  expect(isAlive(stranger.pid)).toBe(true);
  expect(at.state().children).toEqual([]);
  stranger.kill();
  await stranger.exited;
});

test("a corrupt state file is set aside, told once, and does not keep a daemon from starting", async () => {
  await using at = installation();
  mkdirSync(at.own, { mode: 0o700 });
  writeFileSync(join(at.own, "state.json"), "{bad");
  expect((await at.call("status")).code).toBe(4);
  expect((await at.call("start")).code).toBe(0);
  const audit = readFileSync(join(at.home, "wp-server-logs/audit.log"), "utf8");
  expect(audit.match(/state\.json is corrupt and was set aside/g)?.length).toBe(1);
});

test("what the daemon writes is the owner's alone", async () => {
  await using at = installation();
  await at.call("start");
  expect(modeOf(at.own)).toBe(0o700);
  for (const name of ["state.json", "lock", "control.sock", "daemon.log"]) {
    expect([name, modeOf(join(at.own, name))]).toEqual([name, 0o600]);
  }
});

test("every command that needs a daemon exits with 3 where none runs", async () => {
  await using at = installation();
  for (const words of [
    ["stop"],
    ["status"],
    ["restart", "x"],
    ["up", "x"],
    ["down"],
    ["wait", "x", "--state", "idle"],
    ["logs", "-f"],
  ]) {
    const { code, complaint } = await at.call(...words);
    expect({ words, code }).toEqual({ words, code: 3 });
    expect(complaint).toMatch(/daemon-not-started|daemon-not-running|no daemon/);
  }
});

test("status, doctor and the logs hold neither a key nor a secret", async () => {
  await using at = installation();
  const { privateKey, publicKey } = generateKeys();
  mkdirSync(join(at.home, "wireproxy_confs"), { mode: 0o700 });
  const password = "a-password-nobody-may-see";
  const config = join(at.home, "wireproxy_confs/us-east.conf");
  writeFileSync(
    config,
    `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32\nDNS = 10.0.0.1\n[Peer]\nPublicKey = ${publicKey}\n` +
      `Endpoint = 127.0.0.1:9\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\nUsername = me\nPassword = ${password}\n`,
    { mode: 0o600 },
  );
  mkdirSync(at.own, { mode: 0o700 });
  writeFileSync(join(at.own, "config.yaml"), `control: { port: ${freePort()} }\n`, { mode: 0o600 });
  await at.call("start");
  expect((await at.call("up", "us-east", "--no-wait")).code).toBe(0);
  const secret = readFileSync(join(at.own, "secret"), "utf8").trim();
  const said = await Promise.all([
    at.call("status"),
    at.call("status", "--json"),
    at.call("doctor", "--json"),
    at.call("logs", "audit"),
    at.call("logs", "us-east"),
    at.call("logs", "daemon"),
  ]);
  const text = said.map(({ output, complaint }) => output + complaint).join("\n") + JSON.stringify(at.state());
  for (const hidden of [privateKey, password, secret]) expect(text).not.toContain(hidden);
});
