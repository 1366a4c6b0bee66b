import { afterAll, beforeAll, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import {
  startDaemon,
  startServer,
  TOKEN,
  tunnel,
  untilHealth,
  untilRunning,
  writeTunnel,
} from "../rig/linksocks-tunnel.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { openStream, startTicker } from "../rig/streams.ts";
import { PATIENCE_MS, until } from "../rig/until.ts";

const PAGE = "the page behind the tunnel";

let web: ReturnType<typeof Bun.serve>;
beforeAll(() => {
  web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(PAGE) });
});
afterAll(() => web.stop(true));

const fetchPage = (port: number) => fetchThroughSocks(port, `http://localhost:${web.port}/`);

test("a server that is out of reach: it runs and says that it is not ready, then down, and carries as soon as it is there", async () => {
  await using daemon = await startDaemon();
  const serverPort = freePort();
  const port = writeTunnel(daemon, "ws", { url: `ws://127.0.0.1:${serverPort}` });
  const started = await daemon.ask("spin_up:ws");
  expect([started.error, started.result?.["ready"]]).toEqual([null, false]);
  const { reason } = await untilHealth(daemon, "ws", "down");
  expect(reason).toMatch(/^the peer has not answered \d+ handshakes: ./);
  await using _ = await startServer({ port: serverPort });
  await until("it carries", () => fetchPage(port).catch(() => false));
  expect(await untilHealth(daemon, "ws", "healthy")).toMatchObject({ state: "running", ready: true, restarts: 0 });
});

test("a server that is killed and returns: the tunnel degrades meanwhile, and carries again on its own", async () => {
  await using daemon = await startDaemon();
  const serverPort = freePort();
  const first = await startServer({ port: serverPort });
  const port = writeTunnel(daemon, "ws", first);
  expect((await daemon.ask("spin_up:ws")).error).toBeNull();
  await using ticker = startTicker();
  await using stream = openStream(port, `http://localhost:${ticker.port}/`);
  await until("much has come", () => stream.bytes() > 10_000);
  process.kill(first.pid, "SIGKILL");
  await until("the loss has reached the stream", () => stream.ended());
  // What came before it does not outweigh the loss.
  expect(await tunnel(daemon, "ws")).toMatchObject({ state: "running", health: "degraded" });
  await first[Symbol.asyncDispose]();
  await using _ = await startServer({ port: serverPort });
  await until("it carries again", () => fetchPage(port).catch(() => false));
  expect(await untilHealth(daemon, "ws", "healthy")).toMatchObject({ state: "running", restarts: 0 });
});

test("kill -9 of the daemon: the next one connects again at once, on the same port", async () => {
  await using server = await startServer();
  await using daemon = await startDaemon();
  const port = writeTunnel(daemon, "ws", server);
  writeTunnel(daemon, "elsewhere", server, TOKEN, port);
  expect((await daemon.ask("spin_up:ws")).error).toBeNull();
  expect((await callWpdaemon(daemon.home, ["up", "elsewhere"])).code).toBe(0);
  const { socks } = await tunnel(daemon, "elsewhere");
  for (let round = 0; round < 5; round++) {
    await daemon.end("SIGKILL");
    expect(await accepts(port)).toBe(false);
    await daemon.start();
    await untilRunning(daemon, "ws");
    expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "ws.conf", pid: daemon.pid });
    expect(await fetchPage(port)).toBe(PAGE);
    await untilRunning(daemon, "elsewhere");
    expect((await tunnel(daemon, "elsewhere")).socks).toBe(socks);
  }
  expect(socks).not.toBe(`127.0.0.1:${port}`);
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  await daemon.end("SIGKILL");
  await daemon.start();
  expect((await daemon.ask("state:")).result).toMatchObject({ running: false });
});

test("upgrades: the successor has the port, and connects again, also where it is not to recover", async () => {
  await using server = await startServer();
  await using daemon = await startDaemon("tunnels:\n  ws: { recover: false }\n");
  await using ticker = startTicker();
  const port = writeTunnel(daemon, "ws", server);
  expect((await daemon.ask("spin_up:ws")).error).toBeNull();
  for (let upgrade = 0; upgrade < 5; upgrade++) {
    await using stream = openStream(port, `http://localhost:${ticker.port}/`);
    await until("it streams", () => stream.bytes() > 0);
    const restarted = await callWpdaemon(daemon.home, ["restart", "--json"]);
    expect(restarted).toMatchObject({ code: 0, complaint: "" });
    // What it carried ends with its daemon, and is told so: nobody waits for a dead connection.
    await until("the stream has ended", () => stream.ended());
    await untilRunning(daemon, "ws");
    expect(await fetchPage(port)).toBe(PAGE);
  }
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test("a failover from WireGuard, whose packets are lost, to a WebSocket: the same port carries on", async () => {
  await using server = await startServer();
  await using daemon = await startDaemon("tunnels:\n  us: { failover: [ws] }\n");
  const [own, peer] = [generateKeys(), generateKeys()];
  const blackHole = await Bun.udpSocket({ hostname: "127.0.0.1", socket: { data() {} } });
  using cleaning = new DisposableStack();
  cleaning.defer(() => blackHole.close());
  const port = freePort();
  daemon.writeConfig(
    "us.conf",
    `[Interface]
PrivateKey = ${own.privateKey}
Address = 10.0.0.2/32
DNS = 10.0.0.1
[Peer]
PublicKey = ${peer.publicKey}
Endpoint = 127.0.0.1:${blackHole.port}
[Socks5]
BindAddress = 127.0.0.1:${port}
`,
  );
  writeTunnel(daemon, "ws", server);
  expect((await daemon.ask("spin_up:us")).error).toBeNull();
  await until(
    "the other one carries it",
    () => fetchThroughSocks(port, `http://localhost:${web.port}/`, 5).catch(() => false),
    2 * PATIENCE_MS,
  );
  expect(await tunnel(daemon, "us")).toMatchObject({ state: "running", carriedBy: "ws", pid: daemon.pid });
});
