import { describe, expect, test } from "bun:test";
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { type LoggedProcess, startLogged } from "../rig/logged-process.ts";
import { STAND_IN } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";
import { sampleConfig } from "../tunnels/wireproxy/config/sample-config.ts";

test("three starts at the same moment all succeed, and speak of the same daemon", async () => {
  using home = temporaryFolder();
  const calls = await Promise.all(
    [1, 2, 3].map(() => callWpdaemon(home.path, ["start", "-p", "0", "--json", "--home", home.path])),
  );
  expect(calls.map(({ code, complaint }) => [code, complaint])).toEqual([
    [0, ""],
    [0, ""],
    [0, ""],
  ]);
  const started = calls.map(({ output }) => JSON.parse(output));
  expect(started.filter((one) => one.started).length).toBe(1);
  expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
  await callWpdaemon(home.path, ["stop", "--home", home.path]);
});

test("a daemon under nohup survives the end of its terminal, and so does the program that goes on in its place", async () => {
  using home = temporaryFolder();
  const daemon = Bun.spawn(["nohup", EXECUTABLE, "--daemon", "-p", "0", "--home", home.path], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { PATH: process.env["PATH"], HOME: home.path, WPDAEMON_STREAM_PORT: "0" },
  });
  const readPid = async () => {
    const { code, output } = await callWpdaemon(home.path, ["status", "--json", "--home", home.path]);
    return code === 0 ? Number(JSON.parse(output).daemon.pid) : undefined;
  };
  expect(await until("it serves", readPid)).toBe(daemon.pid);
  daemon.kill("SIGHUP");
  expect((await callWpdaemon(home.path, ["restart", "--home", home.path])).code).toBe(0);
  daemon.kill("SIGHUP");
  expect(await readPid()).toBe(daemon.pid);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toBe(0);
});

test("a daemon whose folder was deleted brings tunnels up, tells of itself and hands over", async () => {
  using home = temporaryFolder();
  using place = temporaryFolder();
  const folder = join(place.path, "gone");
  mkdirSync(folder);
  mkdirSync(join(home.path, "wireproxy_confs"), { mode: 0o700 });
  const config = sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}` });
  writeFileSync(join(home.path, "wireproxy_confs/x.conf"), config, { mode: 0o600 });
  const daemon = Bun.spawn([EXECUTABLE, "--daemon", "-p", "0", "--home", home.path], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      PATH: process.env["PATH"],
      HOME: home.path,
      WPDAEMON_STREAM_PORT: "0",
      WPDAEMON_WIREPROXY: STAND_IN,
    },
  });
  await until("it serves", async () => (await callWpdaemon(home.path, ["status"])).code === 0);
  rmSync(folder, { recursive: true });
  const verbs = [
    ["up", "x", "--no-wait"],
    ["restart"],
    ["status"],
    ["list"],
    ["logs", "x"],
    ["doctor"],
    ["down", "x"],
    ["run", "--via", "x", "--", "true"],
    ["stop"],
  ];
  const codes = [];
  for (const words of verbs) codes.push([words[0], (await callWpdaemon(home.path, words)).code]);
  expect(codes.filter(([, code]) => code !== 0)).toEqual([]);
  expect(await daemon.exited).toBe(0);
});

test.each([[["help"]], [["list"]], [["list", "--json"]], [["--version"]]])(
  "%j says so and fails where its output cannot be kept",
  async (words) => {
    using home = temporaryFolder();
    const full = openSync("/dev/full", "w");
    const run = Bun.spawn([EXECUTABLE, ...words], {
      stdio: ["ignore", full, "pipe"],
      env: { PATH: process.env["PATH"], HOME: home.path },
    });
    closeSync(full);
    expect(await run.stderr.text()).toContain("cannot write to the standard output: ENOSPC");
    expect(await run.exited).toBe(1);
  },
);

test("what a server says reaches a person as plain text", async () => {
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no", { status: 400 })),
    websocket: {
      open: (socket) => socket.close(4001, "\u001b[2J\u001b]0;title\u0007\u009b31mred\u202e\nwpdaemon: forged"),
      message: () => undefined,
    },
  });
  await using daemon = await startTestDaemon();
  daemon.writeConfig(
    "far.conf",
    `[LinkSocks]\nURL = ws://127.0.0.1:${server.port}\nToken = t\n[Socks5]\nBindAddress = 127.0.0.1:${await freePort()}\n`,
  );
  const said = [];
  for (const words of [["up", "far"], ["status"], ["list"], ["doctor"], ["logs", "far"], ["status", "--json"]]) {
    const { output, complaint } = await callWpdaemon(daemon.home, words);
    said.push(output + complaint);
  }
  expect(said.join("")).toContain("\\u001b[2J");
  expect(said.join("")).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}|^wpdaemon: forged/mu);
});

test.each(["/dev/null", "/proc"])(
  "the home folder %s cannot be used, which every command says in one sentence",
  async (home) => {
    for (const words of [["start"], ["--daemon"]]) {
      const { code, output, complaint } = await callWpdaemon(home, words, { ARGUS_HOME: "" });
      expect([2, 5]).toContain(code);
      expect(output).toBe("");
      expect(complaint).toMatch(/^wpdaemon: .+\n {2}→ .+\n$/);
    }
  },
);

test.each(["", "wp-server-logs", "wpdaemon"])(
  "a home where others may write to %j is refused, and used once what the hint says is done",
  async (place) => {
    using home = temporaryFolder();
    const shared = join(home.path, place);
    mkdirSync(shared, { recursive: true, mode: 0o700 });
    chmodSync(shared, 0o777);
    const refused = await callWpdaemon(home.path, ["start", "-p", "0"]);
    expect(refused.code).toBe(5);
    const command = `chmod go-w ${shared}`;
    expect(refused.complaint).toContain(command);
    expect((await callWpdaemon(home.path, ["--daemon"])).code).toBe(5);
    await Bun.$`sh -c ${command}`;
    expect((await callWpdaemon(home.path, ["start", "-p", "0"])).code).toBe(0);
    await callWpdaemon(home.path, ["stop"]);
  },
);

describe("who follows a log", () => {
  test("a follower of a log misses nothing over a restart and a death, and is told how the daemon has ended", async () => {
    await using daemon = await startTestDaemon();
    const follower = Bun.spawn([EXECUTABLE, "logs", "-f", "-n", "1000", "--home", daemon.home], {
      stdout: "pipe",
      stderr: "pipe",
    });
    let output = "";
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of follower.stdout) output += decoder.decode(chunk, { stream: true });
    })();
    const countStarts = () => output.match(/Starting daemon mode/g)?.length ?? 0;
    await until("the first daemon's lines", () => countStarts() === 1 || undefined);
    await callWpdaemon(daemon.home, ["restart"]);
    await until("the successor's lines", () => countStarts() === 2 || undefined);
    const { output: status } = await callWpdaemon(daemon.home, ["status", "--json"]);
    process.kill(JSON.parse(status).daemon.pid, "SIGKILL");
    await callWpdaemon(daemon.home, ["start", "-p", "0"]);
    await until("the next daemon's lines", () => countStarts() === 3 || undefined);
    await callWpdaemon(daemon.home, ["stop"]);
    expect(await follower.exited).toBe(3);
    expect(await follower.stderr.text()).toMatch(/^wpdaemon: no daemon runs for .+; the last one stopped \(cli-stop\)/);
    await reading;
    const kept = await callWpdaemon(daemon.home, ["logs", "-n", "1000"]);
    expect(output).toBe(kept.output);
  });
});

test.skipIf(process.platform !== "linux")(
  "doctor tells a daemon that was stopped by a signal from any other program",
  async () => {
    await using daemon = await startTestDaemon();
    process.kill(daemon.pid, "SIGSTOP");
    try {
      const { code, output } = await callWpdaemon(daemon.home, ["doctor", "-p", String(daemon.port)]);
      expect(code).toBe(1);
      expect(output).toContain(`the daemon (process ${daemon.pid}) is stopped, by SIGSTOP or a debugger`);
      expect(output).toContain(`kill -CONT ${daemon.pid}`);
      expect(output).not.toContain("another program");
    } finally {
      process.kill(daemon.pid, "SIGCONT");
    }
  },
);

test("doctor tells the first of 20,000 wrong names in the settings, and counts the others", async () => {
  using home = temporaryFolder();
  mkdirSync(join(home.path, "wpdaemon"), { mode: 0o700 });
  const lines = Array.from({ length: 20_000 }, (_, index) => `  t${index}: { failover: [u${index}] }\n`);
  writeFileSync(join(home.path, "wpdaemon/config.yaml"), `tunnels:\n${lines.join("")}`);
  for (const words of [["doctor"], ["doctor", "--json"]]) {
    const { output } = await callWpdaemon(home.path, words);
    expect(output).toContain("tunnels.t0.failover: there is no config u0");
    expect(output).toContain("and 39800 more, which are not shown");
    expect(output.length).toBeLessThan(100_000);
  }
});

test("a daemon whose program is deleted goes on, and status and doctor say so", async () => {
  using place = temporaryFolder();
  const program = join(place.path, "wpdaemon");
  copyFileSync(EXECUTABLE, program);
  const home = join(place.path, "home");
  const call = async (words: readonly string[]) => {
    const { code, output } = await callWpdaemon(home, words);
    return { code, output };
  };
  await Bun.spawn([program, "start", "-p", "0", "--home", home], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env["PATH"], HOME: home, WPDAEMON_STREAM_PORT: "0" },
  }).exited;
  expect((await call(["status"])).output).not.toContain("is gone");
  rmSync(program);
  for (const words of [["status"], ["doctor"]]) {
    expect((await call(words)).output).toContain(`its program ${program} is gone`);
  }
  expect((await call(["restart"])).code).toBe(0);
  expect((await call(["status"])).output).not.toContain("is gone");
  await call(["stop"]);
});

test.skipIf(process.platform !== "linux")(
  "a daemon that the system refuses to start anew serves without its runtime's options, and says so and no more",
  async () => {
    using home = temporaryFolder();
    using daemon = await startCrowded(home.path);
    await until("it serves", () => daemon.output().includes("WireProxy Server listening on"));
    expect(daemon.output()).toContain("refuses to start this program anew (E2BIG)");
    expect(daemon.output()).not.toContain("Warning");
    daemon.kill("SIGTERM");
    expect(await daemon.ended).toBe(0);
  },
);

/**
 * Starts a daemon with so many variables that it cannot start anything with ten more. For a stack of 4 MB, Linux takes a megabyte of them:
 * execve(2), Limits.
 */
async function startCrowded(home: string): Promise<LoggedProcess> {
  const full = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`FULL${index}`, "x".repeat(131_000)]));
  const daemon = ["--daemon", "-p", "0", "--home", home];
  for (let length = 131_050; ; length -= 64) {
    const started = startLogged(["/bin/sh", "-c", 'ulimit -s 4096 && exec "$0" "$@"', EXECUTABLE, ...daemon], {
      WPDAEMON_STREAM_PORT: "0",
      ...full,
      LAST: "x".repeat(length),
    });
    await until("it runs or is refused", () => started.output() !== "");
    if (!/too long/.test(started.output())) return started;
    await started.ended;
    started[Symbol.dispose]();
  }
}
