import { expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { StatusDocument } from "../../src/api/control/schemas.ts";
import { startLineServer } from "../../src/net/lines/line-server.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, type TestDaemon, type TestDaemonOptions } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { ask, converse } from "../rig/line-client.ts";
import { knockOn, startLoad } from "../rig/load.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { openStream, startTicker } from "../rig/streams.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const UPGRADES = 20;
const CLIENTS = 4;

const { makeConfig, pageUrl, start: startAnyhow } = openTunnelScene();

/** As `wpdaemon start` does, so that another process may take over. */
const start = (options: TestDaemonOptions = {}) => startAnyhow({ ...options, environment: { WPDAEMON_DETACHED: "1" } });

test(`${UPGRADES} upgrades under load: nobody refused, no stream broken, no tunnel restarted`, async () => {
  await using daemon = await start();
  await using web = startTicker();
  const east = makeConfig({ client: 0 });
  const west = makeConfig({ client: 1 });
  const files = [daemon.writeConfig("us-east.conf", east.text), daemon.writeConfig("eu-west.conf", west.text)];
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  expect((await callWpdaemon(daemon.home, ["up", "eu-west"])).code).toBe(0);
  const children = files.map((file) => findProcesses(file));
  const before = await daemon.ask("state:");
  const url = pageUrl(web.port);
  await using eastStream = openStream(east.socksPort, url);
  await using westStream = openStream(west.socksPort, url);
  const streams = [eastStream, westStream];
  await until("both streams flow", () => streams.every((stream) => stream.bytes() > 0));
  await using load = startLoad(daemon, CLIENTS);

  const pids = new Set([daemon.pid]);
  for (let upgrade = 0; upgrade < UPGRADES; upgrade++) {
    const marks = streams.map((stream) => stream.bytes());
    const replies = load.replies();
    const restarted = await callWpdaemon(daemon.home, ["restart", "--json"]);
    expect(restarted).toMatchObject({ code: 0, complaint: "" });
    pids.add(await daemonPid(daemon));
    await until("the load and the streams go on", () => {
      return load.replies() > replies && streams.every((stream, n) => stream.bytes() > (marks[n] ?? 0));
    });
  }

  expect(pids.size).toBe(UPGRADES + 1);
  await load.stop();
  expect(load.faults).toEqual([]);
  expect(streams.map((stream) => stream.ended())).toEqual([false, false]);
  expect(files.map((file) => findProcesses(file))).toEqual(children);
  const after = await daemon.ask("state:");
  expect({ ...after.result, health: "" }).toEqual({ ...before.result, health: "" });
  await until("the former daemons are gone", () => [...pids].filter(isAlive).length === 1);
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test("upgrades under load: no door refuses anybody, and of a tunnel that simply goes on nothing is told", async () => {
  const controlPort = freePort();
  await using daemon = await start({ settings: `control: { port: ${controlPort} }\n` });
  daemon.writeConfig("us-east.conf", makeConfig({ client: 4 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const before = await showStatus(daemon);
  const streamUrl = before.events?.url ?? "";
  using session = startSession();
  await post(daemon, "/session-started", { sessionId: "mine", metadata: { hostPid: session.pid } });
  await using doors = knockOn([`${streamUrl.replace("ws:", "http:")}/`, `http://127.0.0.1:${controlPort}/v1/status`]);

  for (let upgrade = 0; upgrade < 5; upgrade++) {
    const knocks = doors.answers();
    expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
    await until("the doors answer on", () => doors.answers() > knocks + 4);
  }

  await doors.stop();
  expect(doors.faults).toEqual([]);
  const after = await showStatus(daemon);
  expect(after.events?.url).toBe(streamUrl);
  expect(after.tunnels.map(({ since, pid, restarts, state }) => ({ since, pid, restarts, state }))).toEqual(
    before.tunnels.map(({ since, pid, restarts, state }) => ({ since, pid, restarts, state })),
  );
  expect(await post(daemon, "/list", {})).toMatchObject({ children: [{ remcliSessionId: "mine", pid: session.pid }] });
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  expect(await readStates(streamUrl)).toEqual(["starting", "running", "stopping", "idle"]);
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test("hand-overs and deaths in turn: the tunnel goes on, since when it was brought up, and its session stays known", async () => {
  await using daemon = await start();
  await using web = startTicker();
  const config = makeConfig({ client: 0 });
  daemon.writeConfig("us-east.conf", config.text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const [before] = (await showStatus(daemon)).tunnels;
  using session = startSession();
  await post(daemon, "/session-started", { sessionId: "mine", metadata: { hostPid: session.pid } });
  await using stream = openStream(config.socksPort, pageUrl(web.port));

  for (let round = 0; round < 3; round++) {
    const flowed = stream.bytes();
    expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
    const successor = await daemonPid(daemon);
    process.kill(successor, "SIGKILL");
    await until("the successor is dead", () => !isAlive(successor));
    await daemon.start();
    await until("the stream flows on", () => stream.bytes() > flowed);
    const [tunnel] = (await showStatus(daemon)).tunnels;
    expect(tunnel).toMatchObject({ state: "running", since: before?.since, pid: before?.pid, restarts: 0 });
    expect(await post(daemon, "/list", {})).toMatchObject({ children: [{ remcliSessionId: "mine" }] });
  }

  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test("a stop during a hand-over is done as any other: the candidate is ended, and the tunnels too", async () => {
  await using daemon = await start();
  const file = daemon.writeConfig("us-east.conf", makeConfig({ client: 1 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const program = join(daemon.home, "candidate");
  // Claims the work, and then hangs.
  writeFileSync(program, candidateThatClaims(daemon, "touch claimed; exec sleep 600"), { mode: 0o755 });
  const refused = handOverTo(daemon, program).catch(() => undefined);
  await until("the daemon has let go", () => existsSync(join(daemon.home, "claimed")));
  expect(await daemon.end("SIGTERM")).toBe(0);
  await refused;
  expect(findProcesses(file)).toEqual([]);
});

test("a connection that was open before the hand-over is answered after it", async () => {
  await using daemon = await start();
  const replies = converse(daemon.port, ["whoami:\n", "state:\n"], { gap: 600, lines: 2 });
  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  expect((await replies).replies.map((reply) => reply.CMD)).toEqual(["whoami", "state"]);
});

test.each([
  ["is no program at all", "not a program\n", /cannot be run|not a wpdaemon/],
  ["is another program", "#!/bin/sh\necho something else\n", /not a wpdaemon/],
  [
    "loads and then fails",
    `#!/bin/sh\n[ "$1" = --version ] && { echo "WpDaemon version 9.9.9 (TypeScript)"; exit 0; }\nexit 71\n`,
    /did not take over: it ended with code 71/,
  ],
])("where the new one %s, the old one carries on", async (_, content, complaint) => {
  await using daemon = await start();
  daemon.writeConfig("us-east.conf", makeConfig({ client: 2 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const before = await daemon.ask("state:");
  const program = join(daemon.home, "candidate");
  writeFileSync(program, content, { mode: 0o755 });
  const refused = await handOverTo(daemon, program);
  expect(refused).toMatchObject({
    ok: false,
    error: { code: "handover-failed", message: expect.stringMatching(complaint) },
  });
  expect(isAlive(daemon.pid)).toBe(true);
  expect(await daemon.ask("state:")).toEqual(before);
});

test("a successor that dies after the old one has let go: the old one takes its work back", async () => {
  await using daemon = await start();
  daemon.writeConfig("us-east.conf", makeConfig({ client: 3 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const before = await daemon.ask("state:");
  const program = join(daemon.home, "candidate");
  // Claims the work as a successor does, and then ends.
  writeFileSync(program, candidateThatClaims(daemon, "exit 9"), { mode: 0o755 });
  const asking = daemon.ask("state:");
  const refused = await handOverTo(daemon, program);
  expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining("ended with code 9") } });
  expect((await asking).error).toBeNull();
  const after = await daemon.ask("state:");
  expect({ ...after.result, health: "" }).toEqual({ ...before.result, health: "" });
  expect((await daemon.ask("spin_down:")).error).toBeNull();
});

test("a daemon of 2.0.0, which knows fewer of the runtime's options, is taken over from with its socket and its lock", async () => {
  using home = temporaryFolder();
  mkdirSync(join(home.path, "wpdaemon"), { mode: 0o700 });
  const control = Bun.serve({ unix: join(home.path, "wpdaemon/control.sock"), fetch: () => Response.json({}) });
  const former = startLineServer({ host: "127.0.0.1", port: 0 }, { unterminated: "?", answer: () => "{}" });
  const lent = [former.duplicateSocket(), openSync(join(home.path, "wpdaemon/lock"), "w", 0o600)];
  const successor = Bun.spawn([EXECUTABLE, "--daemon", "-p", String(former.port), "--home", home.path], {
    stdio: ["ignore", "ignore", "inherit", ...lent],
    // It hands on, too, what it was given itself.
    env: {
      HOME: home.path,
      WPDAEMON_STREAM_PORT: "0",
      WPDAEMON_HANDOVER: "token",
      WPDAEMON_SOCKETS: 'former {"line port":[7]}',
    },
  });
  former.stop();
  for (const descriptor of lent) closeSync(descriptor);
  const reply = await until("the successor answers", () => ask(former.port, "whoami:").catch(() => undefined));
  expect(reply.result).toMatchObject({ implementation: "TypeScript" });
  await control.stop(true);
  successor.kill("SIGTERM");
  expect(await successor.exited).toBe(0);
});

test("a stranger cannot claim the work", async () => {
  await using daemon = await start();
  const claimed = await post(daemon, "/v1/handover/ready", { pid: process.pid, token: "guessed" });
  expect(claimed).toMatchObject({ ok: false, error: { code: "handover-failed" } });
  expect((await daemon.ask("state:")).error).toBeNull();
});

test("the program that runs `restart` is the one that takes over", async () => {
  await using daemon = await start();
  const other = join(daemon.home, "newer");
  copyFileSync(EXECUTABLE, other);
  chmodSync(other, 0o755);
  const run = Bun.spawn([other, "restart", "--home", daemon.home], {
    stdout: "ignore",
    stderr: "ignore",
    env: { PATH: process.env["PATH"], HOME: daemon.home },
  });
  expect(await run.exited).toBe(0);
  const pid = await daemonPid(daemon);
  // An emulated program's first word is its emulator.
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 2)).toContain(other);
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

/** A program that asks for the work as a successor does, and then does something else. */
function candidateThatClaims(daemon: TestDaemon, next: string): string {
  return `#!/bin/sh
[ "$1" = --version ] && { echo "WpDaemon version 9.9.9 (TypeScript)"; exit 0; }
cd '${daemon.home}'
curl -s --unix-socket wpdaemon/control.sock -H 'content-type: application/json' \\
  -d "{\\"pid\\":$$,\\"token\\":\\"$WPDAEMON_HANDOVER\\"}" http://localhost/v1/handover/ready
${next}
`;
}

async function daemonPid(daemon: TestDaemon): Promise<number> {
  return (await showStatus(daemon)).daemon.pid;
}

async function showStatus(daemon: TestDaemon): Promise<StatusDocument> {
  return JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output);
}

/** A program that reports itself as a session. */
function startSession() {
  const sleeper = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "ignore", "ignore"] });
  return { pid: sleeper.pid, [Symbol.dispose]: () => sleeper.kill("SIGKILL") };
}

/** The states that a tunnel was told to be in, up to its end. */
async function readStates(url: string): Promise<readonly string[]> {
  const socket = new WebSocket(`${url}/?since=0&types=tunnel_state`);
  const states: string[] = [];
  socket.onmessage = ({ data }) => void states.push(v.parse(stateEvent, data).data.to);
  await until("the stream has told of its end", () => states.at(-1) === "idle");
  socket.terminate();
  return states;
}

const stateEvent = v.pipe(v.string(), v.parseJson(), v.object({ data: v.object({ to: v.string() }) }));

function handOverTo(daemon: TestDaemon, program: string): Promise<unknown> {
  return post(daemon, "/v1/handover", { program });
}

async function post(daemon: TestDaemon, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`http://localhost${path}`, {
    unix: join(daemon.home, "wpdaemon/control.sock"),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await answer.json();
}
