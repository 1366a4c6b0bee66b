import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { startDaemon, startServer, TOKEN, tunnel, untilHealth, writeTunnel } from "../rig/linksocks-tunnel.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { until } from "../rig/until.ts";

const PAGE = "the page behind the tunnel";

let web: ReturnType<typeof Bun.serve>;
beforeAll(() => {
  web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(PAGE) });
});
afterAll(() => web.stop(true));

const fetchPage = (port: number) => fetchThroughSocks(port, `http://localhost:${web.port}/`);

describe("Argus' sequence", () => {
  test("Argus' sequence spins it up, sees it, uses it and spins it down, as every other tunnel", async () => {
    await using server = await startServer();
    await using daemon = await startDaemon();
    const port = writeTunnel(daemon, "ws", server);
    expect((await daemon.ask("available_confs:")).result).toMatchObject({ configs: ["ws.conf"] });
    const started = await daemon.ask("spin_up:ws");
    const log = String(started.result?.["log_file"]);
    expect(started.error).toBeNull();
    expect(started.result).toEqual({ status: "running", config: "ws.conf", pid: daemon.pid, log_file: log });
    expect(await fetchPage(port)).toBe(PAGE);
    expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "ws.conf", pid: daemon.pid });
    expect((await daemon.ask("spin_up:ws")).error).toBe("WireProxy is already running with config: ws.conf");
    await untilHealth(daemon, "ws", "healthy");
    expect(await tunnel(daemon, "ws")).toMatchObject({
      ready: true,
      socks: `127.0.0.1:${port}`,
      traffic: { sent: expect.any(Number) },
    });
    expect((await daemon.ask("spin_down:")).result).toMatchObject({ status: "stopped", previous_config: "ws.conf" });
    expect(await accepts(port)).toBe(false);
    expect(daemon.readLog(log)).toContain("Shutdown Method: Graceful termination");
    expect(daemon.readLog(log)).not.toContain(TOKEN);
  });

  test("a refused token ends the start with its reason", async () => {
    await using server = await startServer();
    await using daemon = await startDaemon();
    const port = writeTunnel(daemon, "ws", server, "another");
    const { error } = await daemon.ask("spin_up:ws");
    expect(error).toMatch(/^LinkSocks failed to start: .*invalid token.* Check log: .*_ws\.log$/);
    expect((await daemon.ask("state:")).result).toMatchObject({ running: false });
    expect(await accepts(port)).toBe(false);
  });

  test("a taken port and a faulty config are told at once", async () => {
    await using daemon = await startDaemon();
    const port = writeTunnel(daemon, "ws", { url: "ws://127.0.0.1:1" });
    using _ = Bun.listen({ hostname: "127.0.0.1", port, exclusive: true, socket: { data() {} } });
    expect((await daemon.ask("spin_up:ws")).error).toContain(`127.0.0.1:${port} is already in use`);
    daemon.writeConfig(
      "odd.conf",
      "[LinkSocks]\nUrl = ws://127.0.0.1\nTokn = x\n[Socks5]\nBindAddress = 127.0.0.1:1\n",
    );
    expect((await daemon.ask("spin_up:odd")).error).toContain("odd.conf:3: there is no such key in [LinkSocks]");
  });
});

test("two at once whose configs want one port, and commands behind each", async () => {
  await using east = await startServer();
  await using west = await startServer();
  await using daemon = await startDaemon();
  const port = writeTunnel(daemon, "ws-east", east);
  writeTunnel(daemon, "ws-west", west, TOKEN, port);
  const runs = ["ws-east", "ws-west"].map((name) =>
    callWpdaemon(daemon.home, [
      ...["run", "--via", name, "--"],
      ...["sh", "-c", `curl -sS --noproxy '' http://localhost:${web.port}/; echo " $ALL_PROXY"`],
    ]),
  );
  const said = (await Promise.all(runs)).map(({ code, output, complaint }) => [
    code,
    complaint,
    output.split(" socks5h://")[0],
  ]);
  expect(said).toEqual([
    [0, "", PAGE],
    [0, "", PAGE],
  ]);
  const [first, second] = [await tunnel(daemon, "ws-east"), await tunnel(daemon, "ws-west")];
  expect(first.socks).not.toBe(second.socks);
  expect([first.pid, second.pid]).toEqual([daemon.pid, daemon.pid]);
  expect((await callWpdaemon(daemon.home, ["down", "ws-east"])).code).toBe(0);
  expect(await fetchPage(Number(second.socks?.split(":").at(-1)))).toBe(PAGE);
});

test("a provider lets others out, but not to this machine unless its config says where, and never to the daemon", async () => {
  await using server = await startServer({ reverse: true });
  await using daemon = await startDaemon("tunnels:\n  exit: { autostart: true }\n");
  const write = (more: string) =>
    daemon.writeConfig("exit.conf", `[LinkSocks]\nUrl = ${server.url}\nToken = ${TOKEN}\nReverse = true\n${more}\n`);
  const up = async () => {
    expect((await daemon.ask("spin_up:exit")).error).toBeNull();
    await until("it is ready", async () => (await tunnel(daemon, "exit")).ready);
  };
  write("");
  await up();
  for (const host of ["localhost", "127.0.0.1", "0x7f000001", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1"]) {
    // Not allowed by ruleset, RFC 1928 section 6.
    await expect(fetchThroughSocks(server.socksPort, `http://${host}:${web.port}/`)).rejects.toThrow("(2)");
  }
  expect((await daemon.ask("spin_down:")).error).toBeNull();
  write("Allow = 127.0.0.0/8");
  await up();
  expect(await fetchPage(server.socksPort)).toBe(PAGE);
  await expect(fetchThroughSocks(server.socksPort, `http://127.0.0.1:${daemon.port}/`)).rejects.toThrow("(2)");
  expect(await tunnel(daemon, "exit")).toMatchObject({ state: "running", ready: true, socks: null });
});

test("neither a server nor a provider of the command line leads to a daemon or to link-local addresses, and rules hold", async () => {
  await using daemon = await startDaemon();
  await using server = await startServer({ words: ["--deny", "127.0.0.3"] });
  await using client = await OWN_LINKSOCKS.start("client", { token: TOKEN, url: server.url });
  await using exits = await startServer({ reverse: true });
  await using _provider = await OWN_LINKSOCKS.start("provider", { token: TOKEN, url: exits.url });
  for (const port of [client.socksPort, exits.socksPort]) {
    expect(await fetchPage(port)).toBe(PAGE);
    for (const host of ["127.0.0.1", "localhost", "2130706433", "0.0.0.0"]) {
      await expect(fetchThroughSocks(port, `http://${host}:${daemon.port}/`)).rejects.toThrow("(2)");
    }
    await expect(fetchThroughSocks(port, "http://169.254.169.254/")).rejects.toThrow("(2)");
  }
  await expect(fetchThroughSocks(client.socksPort, `http://127.0.0.3:${web.port}/`)).rejects.toThrow("(2)");
});

test("the command line takes its config as it takes others, and shows no secret", async () => {
  await using server = await startServer();
  await using daemon = await startDaemon();
  const port = writeTunnel(daemon, "ws", server);
  const call = (...words: string[]) => callWpdaemon(daemon.home, words);
  expect(await call("config", "check", "ws")).toMatchObject({ code: 0, output: "ws.conf can be started\n" });
  expect((await call("config", "list")).output).toMatch(new RegExp(`ws\\.conf +127\\.0\\.0\\.1:${port} +yes`));
  expect((await call("up", "ws")).code).toBe(0);
  const examined = JSON.parse((await call("doctor", "--json")).output);
  const configs = examined.data.checks.filter(({ check }: { check: string }) => check === "configs");
  expect(configs[0].message).toBe("1 of 1 can be started");
  expect(examined.data.processes.map(({ category }: { category: string }) => category)).not.toContain("tunnel-orphan");
  const bundle = join(daemon.home, "bundle.zip");
  expect((await call("doctor", "--bundle", bundle)).code).toBeLessThanOrEqual(1);
  const unpacked = Bun.spawnSync(["unzip", "-p", bundle]).stdout.toString();
  expect(unpacked).toContain("[LinkSocks]");
  expect(unpacked).not.toContain(TOKEN);
  expect((await call("doctor", "clean", "--json")).output).not.toContain(String(daemon.pid));
  expect(await fetchPage(port)).toBe(PAGE);
});
