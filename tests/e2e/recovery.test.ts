import { describe, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { findWireproxies } from "../rig/programs.ts";
import { startRelay } from "../rig/relay.ts";
import { fetchThroughSocks } from "../rig/socks.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";
import { PATIENCE_MS, until } from "../rig/until.ts";

const KILLS = 100;
const NAMES = ["us-east", "eu-west", "ap-south"];

const { makeConfig, endpoint, pageUrl, start } = openTunnelScene();

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    test(`${KILLS} times kill -9 under traffic on three tunnels: each comes back, by itself and on its port`, async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const configs = NAMES.map((name, client) => {
        const config = makeConfig({ client });
        return { name, file: daemon.writeConfig(`${name}.conf`, config.text), socksPort: config.socksPort };
      });
      expect((await callWpdaemon(daemon.home, ["up", ...NAMES])).code).toBe(0);
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = configs[kill % configs.length];
        if (victim === undefined) throw new Error("no tunnel");
        await until("it carries", () => carries(victim.socksPort));
        const [pid] = findProcesses(victim.file);
        if (pid === undefined) throw new Error(`${victim.name} has no process`);
        process.kill(pid, "SIGKILL");
        await until("another process is there", () => {
          const found = findProcesses(victim.file);
          return found.length === 1 && found[0] !== pid;
        });
      }
      for (const { socksPort, file } of configs) {
        await until("it carries at the end", () => carries(socksPort));
        expect(findProcesses(file).length).toBe(1);
      }
      const { tunnels } = await status(daemon);
      expect(tunnels.map((tunnel) => tunnel["state"])).toEqual(["running", "running", "running"]);
      expect(tunnels.reduce((sum, tunnel) => sum + Number(tunnel["restarts"]), 0)).toBe(KILLS);
    });
  });
}

test("until the next process accepts, state says running:false", async () => {
  await using daemon = await start();
  daemon.writeConfig("us-east.conf", makeConfig().text);
  const up = await daemon.ask("spin_up:us-east");
  const pid = Number(up.result?.["pid"]);
  // The next one takes its time.
  daemon.writeConfig("us-east.conf", makeConfig({ extra: "# standin: listen-after=2000" }).text);
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => !isAlive(pid));
  const down = await daemon.ask("state:");
  expect(down.result).toMatchObject({
    running: false,
    pid: null,
    config: null,
    log_file: expect.any(String),
    health: "down",
  });
  const joined = await daemon.ask("spin_up:us-east");
  expect(joined.error).toBeNull();
  expect(joined.result?.["pid"]).not.toBe(pid);
  await until("it runs", async () => (await daemon.ask("state:")).result?.["running"] === true);
  expect((await daemon.ask("state:")).result).toMatchObject({ config: "us-east.conf" });
});

test("spin_up of another config takes the place of one that is being recovered", async () => {
  await using daemon = await start();
  const { text, socksPort } = makeConfig({ client: 0 });
  daemon.writeConfig("us-east.conf", text);
  daemon.writeConfig("eu-west.conf", makeConfig({ client: 1, socksPort }).text);
  const up = await daemon.ask("spin_up:us-east");
  daemon.writeConfig("us-east.conf", makeConfig({ socksPort, extra: "# standin: never-listen" }).text);
  process.kill(Number(up.result?.["pid"]), "SIGKILL");
  await until("it is being recovered", async () => (await daemon.ask("state:")).result?.["running"] === false);
  expect((await daemon.ask("spin_up:eu-west")).error).toBeNull();
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "eu-west.conf" });
});

test("a death loop ends in the tally, with a state that says so", async () => {
  await using daemon = await start();
  const file = daemon.writeConfig("us-east.conf", makeConfig({ extra: "# standin: die-after=150" }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  const given = await callWpdaemon(daemon.home, ["wait", "us-east", "--state", "failed", "--timeout", "120s"]);
  expect(given.code).toBe(0);
  const [tunnel] = (await status(daemon)).tunnels;
  expect(tunnel).toMatchObject({
    state: "failed",
    health: "down",
    reason: expect.stringMatching(/^given up after 7 deaths in a row/),
    action: expect.stringContaining("wpdaemon up us-east"),
    pid: null,
  });
  expect(findProcesses(file)).toEqual([]);
  expect((await daemon.ask("state:")).result).toMatchObject({ running: false, health: "down" });
  // Whoever asks for it anew gets it.
  daemon.writeConfig("us-east.conf", makeConfig().text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
});

test("recover: false leaves a dead tunnel down", async () => {
  await using daemon = await start({ settings: "tunnels:\n  us-east: { recover: false }\n" });
  const file = daemon.writeConfig("us-east.conf", makeConfig().text);
  const pid = Number((await daemon.ask("spin_up:us-east")).result?.["pid"]);
  process.kill(pid, "SIGKILL");
  await until("it is told idle", async () => (await status(daemon)).tunnels[0]?.["state"] === "idle");
  expect(findProcesses(file)).toEqual([]);
  expect((await daemon.ask("spin_down:")).error).toBe("WireProxy is not running");
});

describe("a socket that cannot send", () => {
  const FAILURES = {
    "network is unreachable, DEBUG lines between": "network is unreachable",
    "Linux' spelling of EADDRNOTAVAIL": "cannot assign requested address",
    "macOS' spelling of EADDRNOTAVAIL": "can't assign requested address",
  };
  for (const [name, text] of Object.entries(FAILURES)) {
    test(`${name}, is told and replaced, with a new log`, async () => {
      await using daemon = await start();
      const lines = Array.from({ length: 5 }, () => [
        `DEBUG: 2026/01/01 00:00:00 peer(AbCd…WxYz) - Sending handshake initiation`,
        `ERROR: 2026/01/01 00:00:00 peer(AbCd…WxYz) - Failed to send data packets: write udp 0.0.0.0:1: sendmmsg: ${text}`,
      ]).flat();
      const extra = lines.map((line) => `# standin: print-later=300:${line.replaceAll(",", "%2C")}`).join("\n");
      daemon.writeConfig("us-east.conf", makeConfig({ extra }).text);
      const up = await daemon.ask("spin_up:us-east");
      expect(up.error).toBeNull();
      // The next one is well.
      daemon.writeConfig("us-east.conf", makeConfig().text);
      await until("another process with another log", async () => {
        const { result } = await daemon.ask("state:");
        return (
          result?.["running"] === true &&
          result["pid"] !== up.result?.["pid"] &&
          result["log_file"] !== up.result?.["log_file"]
        );
      });
      expect(daemon.readLog(String(up.result?.["log_file"]))).toContain("Network drop detected - auto-terminated");
    });
  }
});

test("failover: another config's peer carries the tunnel on its own port while its own peer is out of reach", async () => {
  await using relay = await startRelay(endpoint());
  await using daemon = await start({ settings: "tunnels:\n  us-east: { failover: [us-west] }\n" });
  const { text, socksPort } = makeConfig({ client: 3, endpoint: relay.address });
  daemon.writeConfig("us-east.conf", text);
  daemon.writeConfig("us-west.conf", makeConfig({ client: 4 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
  await relay.tell("drop");
  await until("it carries again", () => carries(socksPort), 2 * PATIENCE_MS);
  const [tunnel] = (await status(daemon)).tunnels;
  expect(tunnel).toMatchObject({ name: "us-east", carriedBy: "us-west", socks: `127.0.0.1:${socksPort}` });
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "us-east.conf" });
});

async function carries(socksPort: number): Promise<boolean> {
  return await fetchThroughSocks(socksPort, pageUrl()).then(
    (body) => body === PAGE,
    () => false,
  );
}

async function status(daemon: TestDaemon): Promise<{ readonly tunnels: readonly Readonly<Record<string, unknown>>[] }> {
  return JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output);
}
