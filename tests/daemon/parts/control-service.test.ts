import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, startDaemon } from "../../../src/daemon/daemon.ts";
import { freePort } from "../../rig/free-port.ts";
import { sampleConfig } from "../../tunnels/wireproxy/config/sample-config.ts";
import { makeDaemonHome } from "../daemon-home.ts";

/** Listens on the SOCKS port that its config names. */
const PROGRAM = `#!${process.execPath}
const path = process.argv[process.argv.indexOf("-c") + 1];
if (!process.argv.includes("-v")) {
  const port = Number(/BindAddress = 127.0.0.1:(\\d+)/.exec(await Bun.file(path).text())[1]);
  Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
}
`;

const home = makeDaemonHome();
const socksPort = freePort();
let daemon: Daemon;
beforeAll(async () => {
  const program = join(home.paths.own, "program.js");
  writeFileSync(program, PROGRAM, { mode: 0o755 });
  mkdirSync(home.paths.configs, { mode: 0o700 });
  const config = sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${socksPort}` });
  writeFileSync(join(home.paths.configs, "us.conf"), config, { mode: 0o600 });
  daemon = await startDaemon({ ...home.options, environment: { WPDAEMON_WIREPROXY: program } });
});
afterAll(async () => {
  await daemon.stop("cli-stop");
  home[Symbol.dispose]();
});

test("the control API tells who the daemon is, where it serves, and what it was asked", async () => {
  const { instanceId } = home.state();
  const identity = { instanceId, pid: process.pid, version: "9.8.7", state: "running" };
  expect(await ask("GET", "/v1/identity")).toMatchObject(identity);
  expect(await ask("GET", "/v1/status")).toMatchObject({
    daemon: {
      ...identity,
      stateReason: "ready",
      address: `127.0.0.1:${home.port()}`,
      home: home.paths.home,
      memory: { residentBytes: expect.any(Number), anonymousBytes: expect.any(Number) },
    },
    events: { url: null, clients: 0, fault: null },
    tunnels: [],
  });
});

test("the control API brings a tunnel up and down, and tells of it with its place in the slot", async () => {
  expect(await ask("GET", "/v1/configs")).toEqual([{ name: "us", file: join(home.paths.configs, "us.conf") }]);
  const running = { name: "us", state: "running", ready: true, socks: `127.0.0.1:${socksPort}`, slot: true };
  expect(await ask("POST", "/v1/tunnels/us/up")).toMatchObject(running);
  expect(await ask("GET", "/v1/tunnels/us")).toMatchObject(running);
  expect(await ask("GET", "/v1/tunnels")).toMatchObject([running]);
  expect(await ask("POST", "/v1/tunnels/us/restart")).toMatchObject(running);
  expect(await ask("POST", "/v1/tunnels/us/down")).toMatchObject({ name: "us", state: "idle", slot: false });
  expect(await ask("POST", "/v1/tunnels/us/restart")).toMatchObject({ code: "not-running" });
});

test("what is published over the control API is taken and numbered", async () => {
  const event = { type: "lockout_cleared", account_id: 1, data: { cleared_by: "TIMER_EXPIRY", cleared_at: SOME_TIME } };
  expect(await ask("POST", "/v1/events", [event])).toMatchObject({
    accepted: 1,
    results: [{ seq: expect.any(Number) }],
  });
});

const SOME_TIME = "2026-01-02T03:04:05.000Z";

/** @returns what was asked for, or the error. */
async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`http://localhost${path}`, { unix: home.paths.control, method, ...sent });
  const { data, error } = JSON.parse(await answer.text());
  return data ?? error;
}
