import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { findProcesses } from "../rig/processes.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const PYTHON = join(import.meta.dir, "../../.tools/python/bin/python");
const ARGUS = join(import.meta.dir, "../interop/argus_client.py");

const { makeConfig, pageUrl, start } = openTunnelScene();

/** Two configs that both want one port, as Argus' configs do. */
async function startPair(settings = "") {
  const daemon = await start({ settings });
  const { text, socksPort } = makeConfig({ client: 0 });
  daemon.writeConfig("us-east.conf", text);
  daemon.writeConfig("eu-west.conf", makeConfig({ client: 1, socksPort }).text);
  return { daemon, socksPort };
}

test("two tunnels whose configs want one port: each gets its own, and both carry", async () => {
  const { daemon, socksPort } = await startPair();
  await using _ = daemon;
  const east = await up(daemon, "us-east");
  const west = await up(daemon, "eu-west");
  expect(east.socks).toBe(`127.0.0.1:${socksPort}`);
  expect(portOf(west)).toBeGreaterThanOrEqual(25_345);
  expect(portOf(west)).toBeLessThanOrEqual(25_599);
  expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
  expect(await fetchThroughSocks(portOf(west), pageUrl())).toBe(PAGE);
  // The derived config held a private key: it is gone once the process has read it.
  expect(readdirSync(join(daemon.home, "wpdaemon/derived"))).toEqual([]);
  const status = JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output);
  expect(status.tunnels.map((tunnel: Tunnel) => [tunnel.name, tunnel.state, tunnel.socks, tunnel.slot])).toEqual([
    ["us-east", "running", east.socks, true],
    ["eu-west", "running", west.socks, false],
  ]);
});

test("the configured port is the one that a tunnel gets, and no other tunnel takes it", async () => {
  const port = freePort();
  const { daemon } = await startPair(`tunnels:\n  eu-west: { socks: ${port} }\n`);
  await using _ = daemon;
  await up(daemon, "us-east");
  expect((await up(daemon, "eu-west")).socks).toBe(`127.0.0.1:${port}`);
});

test("Argus' slot moves a tunnel that listens elsewhere to its config's own port, and keeps the other port", async () => {
  const port = freePort();
  const { daemon, socksPort } = await startPair(`tunnels:\n  eu-west: { socks: ${port} }\n`);
  await using _ = daemon;
  await up(daemon, "eu-west");
  expect((await daemon.ask("state:")).result).toMatchObject({ running: false });
  expect((await daemon.ask("spin_up:eu-west")).error).toBeNull();
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "eu-west.conf" });
  expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
  expect(await fetchThroughSocks(port, pageUrl())).toBe(PAGE);
});

test("a tunnel that was brought up from the command line is what `state` tells, and Argus' sequence exchanges it", async () => {
  const { daemon } = await startPair();
  await using _ = daemon;
  await up(daemon, "us-east");
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "us-east.conf" });
  expect((await daemon.ask("spin_up:eu-west")).error).toBe("WireProxy is already running with config: us-east.conf");
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  expect((await daemon.ask("spin_up:eu-west")).error).toBeNull();
});

test("two unchanged Argus-style clients on two tunnels at once, through run --via", async () => {
  if (!existsSync(PYTHON)) throw new Error("the Python client's packages are missing: run make test");
  const { daemon } = await startPair();
  await using _ = daemon;
  const clients = ["us-east", "eu-west"].map((name) =>
    callWpdaemon(
      daemon.home,
      [
        ...["run", "--via", name, "--"],
        ...[
          PYTHON,
          ARGUS,
          String(daemon.port),
          "0",
          "start-proxy-aware",
          "BINANCE",
          `http://exchange.test:${new URL(pageUrl()).port}/`,
        ],
      ],
      { WIREPROXY_MAPPING_BINANCE: `${name}.conf` },
    ),
  );
  const outcomes = await Promise.all(clients);
  expect(outcomes.map(({ code, complaint }) => ({ code, complaint }))).toEqual([
    { code: 0, complaint: "" },
    { code: 0, complaint: "" },
  ]);
  const binds = outcomes.map(({ output }) => JSON.parse(output));
  expect(binds.map(({ page }) => page)).toEqual([PAGE, PAGE]);
  expect(binds[0].bind).not.toBe(binds[1].bind);
  for (const tunnel of await tunnels(daemon)) {
    expect(daemon.readLog(tunnel.log)).toContain("Resolving address for exchange.test");
  }
});

test("the HTTP proxy of a tunnel is on the same port after kill -9 of the daemon and after a restart, and carries a POST", async () => {
  await using daemon = await start();
  daemon.writeConfig("us-east.conf", makeConfig().text);
  const { http } = await up(daemon, "us-east");
  const post = async () =>
    await (await fetch(pageUrl(), { method: "POST", body: "x", proxy: `http://${http}` })).text();
  expect(await post()).toBe(PAGE);
  await daemon.end("SIGKILL");
  await daemon.start();
  await until("the HTTP proxy is back", async () => (await tunnels(daemon))[0]?.http === http);
  expect(await post()).toBe(PAGE);
  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  expect([(await tunnels(daemon))[0]?.http, await post()]).toEqual([http, PAGE]);
});

test("run --via: environment, exit code and signals are the command's own", async () => {
  const { daemon } = await startPair();
  await using _ = daemon;
  const shown = await callWpdaemon(daemon.home, [
    ...["run", "--via", "us-east", "--", "sh", "-c"],
    'echo "$ALL_PROXY $HTTPS_PROXY $WIREPROXY_BIND_ADDRESS $WIREPROXY_BLIND_BIND"; exit 7',
  ]);
  const [tunnel] = await tunnels(daemon);
  expect(shown).toEqual({
    code: 7,
    complaint: "",
    output: `socks5h://${tunnel?.socks} http://${tunnel?.http} ${tunnel?.socks} true\n`,
  });
  const killed = await callWpdaemon(daemon.home, ["run", "--via", "us-east", "--", "sh", "-c", "kill -TERM $$"]);
  expect(killed.code).toBe(143);
  const missing = await callWpdaemon(daemon.home, ["run", "--via", "us-east", "--", "no-such-command"]);
  expect(missing.code).toBe(127);
  const script = join(daemon.home, "script");
  writeFileSync(script, "#!/no/such/interpreter\n", { mode: 0o700 });
  const lame = await callWpdaemon(daemon.home, ["run", "--via", "us-east", "--", script]);
  expect(lame.complaint).toContain("/no/such/interpreter");
  expect(lame.complaint).not.toMatch(/ENOENT|Warning/);
});

test("run --via: a POST goes through a listener that asks for a password, also where an HTTP one stands beside it", async () => {
  await using daemon = await start();
  const extra = `Username = me:x\nPassword = p@/s%\n[http]\nBindAddress = 127.0.0.1:${freePort()}\n`;
  daemon.writeConfig("us-east.conf", makeConfig({ extra }).text);
  const post = await callWpdaemon(daemon.home, [
    ...["run", "--via", "us-east", "--", "curl", "-sS", "--max-time", "20", "-d", "x=1", pageUrl()],
  ]);
  expect(post).toEqual({ code: 0, complaint: "", output: PAGE });
});

test("down takes one tunnel down and leaves the other", async () => {
  const { daemon, socksPort } = await startPair();
  await using _ = daemon;
  await up(daemon, "us-east");
  const west = await up(daemon, "eu-west");
  expect((await callWpdaemon(daemon.home, ["down"])).code).toBe(2);
  expect((await callWpdaemon(daemon.home, ["down", "us-east"])).code).toBe(0);
  expect(await accepts(socksPort)).toBe(false);
  expect(await fetchThroughSocks(portOf(west), pageUrl())).toBe(PAGE);
});

test("tunnels come back on their own ports after kill -9 of daemon and processes alike", async () => {
  const { daemon } = await startPair();
  await using _ = daemon;
  await up(daemon, "us-east");
  await up(daemon, "eu-west");
  const before = await tunnels(daemon);
  await daemon.end("SIGKILL");
  for (const { pid } of before) process.kill(pid, "SIGKILL");
  await daemon.start();
  for (const { name, socks } of before) {
    const waited = await callWpdaemon(daemon.home, ["wait", name, "--state", "running", "--timeout", "60s"]);
    expect(waited.code).toBe(0);
    expect((await tunnels(daemon)).find((tunnel) => tunnel.name === name)?.socks).toBe(socks);
  }
});

test("autostart brings a tunnel up with the daemon", async () => {
  const { daemon } = await startPair("tunnels:\n  us-east: { autostart: true }\n");
  await using _ = daemon;
  // The configs were written after its first start.
  await daemon.end("SIGTERM");
  await daemon.start();
  const waited = await callWpdaemon(daemon.home, ["wait", "us-east", "--state", "running", "--timeout", "60s"]);
  expect(waited.code).toBe(0);
  expect(findProcesses(join(daemon.home, "wireproxy_confs/us-east.conf")).length).toBe(1);
});

interface Tunnel {
  readonly name: string;
  readonly state: string;
  readonly socks: string;
  readonly http: string;
  readonly slot: boolean;
  readonly pid: number;
  readonly log: string;
}

async function up(daemon: TestDaemon, name: string): Promise<Tunnel> {
  const { code, output, complaint } = await callWpdaemon(daemon.home, ["up", name, "--json"]);
  if (code !== 0) throw new Error(complaint);
  return JSON.parse(output);
}

async function tunnels(daemon: TestDaemon): Promise<readonly Tunnel[]> {
  return JSON.parse((await callWpdaemon(daemon.home, ["status", "--json"])).output).tunnels;
}

function portOf(tunnel: Tunnel): number {
  return Number(tunnel.socks.split(":")[1]);
}
