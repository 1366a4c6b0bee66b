import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import type { LaunchRequest } from "../../../src/tunnels/driver/driver.ts";
import { createLinksocksDriver } from "../../../src/tunnels/linksocks/driver.ts";
import { turn } from "../../rig/event-loop.ts";
import { freePort } from "../../rig/free-port.ts";
import { createDriverRig, launchRequest } from "../driver-rig.ts";
import { FAKE_TIME } from "../fake-driver.ts";
import { sampleConfig } from "../wireproxy/config/sample-config.ts";
import { createFakeOpener } from "./fake-link.ts";
import { sampleLink } from "./sample-link.ts";

describe("a start", () => {
  test("a start asks for what the config says, on its own address, within this process", async () => {
    using rig = create();
    const running = await rig.launch();
    expect(rig.link().request).toMatchObject({
      url: "wss://proxy.example.net",
      token: "let-me-in",
      role: "client",
      socks: { host: "127.0.0.1", port: rig.port, username: "", password: "" },
      proxyEnvironment: { HTTP_PROXY: "http://192.0.2.1" },
    });
    const address = `127.0.0.1:${rig.port}`;
    expect(running).toMatchObject({
      pid: process.pid,
      socks: address,
      openSocks: address,
      http: address,
      ownAddress: true,
      carrier: null,
      startedAt: FAKE_TIME,
      reconnects: true,
    });
  });

  test("a start is ready with the first authenticated connection, and proven from then on", async () => {
    using rig = create();
    const running = await rig.launch();
    let isReady = false;
    running.ready.then(() => {
      isReady = true;
    });
    await turn();
    expect([isReady, running.isProven(), running.isAlive()]).toEqual([false, false, true]);
    rig.link().connect();
    await running.ready;
    expect(running.isProven()).toBe(true);
  });

  test("a start has its health looked at as soon as a connection was opened or lost", async () => {
    using rig = create();
    const running = await rig.launch();
    let news = 0;
    running.onNews(() => {
      news += 1;
    });
    rig.link().request.onChange();
    expect(news).toBe(1);
  });

  test("a start of a provider has no address", async () => {
    using rig = create({ link: "Reverse = true\nNoEnvProxy = true", rest: "" });
    const running = await rig.launch();
    expect(rig.link().request).toMatchObject({ role: "provider", proxyEnvironment: undefined });
    expect([running.socks, running.openSocks, running.ownAddress]).toEqual([null, null, true]);
  });

  test("a start does not offer an address that asks for a password to our own probe", async () => {
    using rig = create({ credentials: "Username = me\nPassword = hush" });
    expect(await rig.launch()).toMatchObject({ socks: `127.0.0.1:${rig.port}`, openSocks: null });
    expect(rig.link().request.socks).toMatchObject({ username: "me", password: "hush" });
  });

  test("a start takes the port that is wanted, and one of the range where its own is taken", async () => {
    using rig = create();
    const port = freePort();
    expect(await rig.launch({ placement: { kind: "port", socks: port } })).toMatchObject({
      socks: `127.0.0.1:${port}`,
      ownAddress: false,
    });
    using _ = Bun.listen({ hostname: "127.0.0.1", port: rig.port, exclusive: true, socket: { data() {} } });
    const running = await rig.launch({ placement: { kind: "any" } });
    expect(running).toMatchObject({ socks: `127.0.0.1:${rig.range}`, ownAddress: false });
    await expect(rig.launch()).rejects.toMatchObject({ code: "address-in-use" });
  });

  test("a start that cannot be meant is a fault of the config, told before there is a log, or in it", async () => {
    using rig = create();
    rig.write("broken.conf", sampleLink({ link: "Treads = 1" }));
    await expect(rig.launch({ config: "broken.conf" })).rejects.toMatchObject({ code: "config-invalid" });
    expect(existsSync(rig.paths.logs) ? readdirSync(rig.paths.logs) : []).toEqual([]);
    rig.opener.failWith(new Failure("usage", "the server's URL is not valid", { hint: "write another" }));
    await expect(rig.launch()).rejects.toMatchObject({
      code: "config-invalid",
      message: "ws.conf: the server's URL is not valid",
      hint: "write another",
    });
    expect(rig.log()).toContain("Shutdown Method: Process died during startup");
    expect([...rig.logsInUse]).toEqual([]);
  });

  test("a start that was stopped meanwhile opens nothing", async () => {
    using rig = create();
    const start = new AbortController();
    start.abort();
    await expect(rig.launch({ signal: start.signal })).rejects.toMatchObject({ code: "start-failed" });
    expect(rig.opener.links).toEqual([]);
  });
});

describe("a failover", () => {
  test("a failover goes to the carrier's server, and listens where its own config says, whatever that one is for", async () => {
    using rig = create();
    rig.write("us.conf", sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${rig.other}` }));
    const running = await rig.launch({ config: "us.conf", carrier: "ws.conf" });
    expect(running).toMatchObject({ socks: `127.0.0.1:${rig.other}`, carrier: "ws.conf", ownAddress: true });
    expect(rig.link().request.url).toBe("wss://proxy.example.net");
  });

  test("a failover to a provider is refused", async () => {
    using rig = create({ link: "Reverse = true", rest: "" });
    rig.write("us.conf", sampleConfig());
    await expect(rig.launch({ config: "us.conf", carrier: "ws.conf" })).rejects.toMatchObject({
      code: "config-invalid",
    });
  });
});

describe("the session log", () => {
  test("the session log begins and ends like every other one, and tells what the client tells", async () => {
    using rig = create();
    const running = await rig.launch();
    rig.link().request.log("info", "connected\nto the server");
    rig.link().request.log("debug", "one of a thousand requests");
    await running.stop();
    expect(running.logFile).toBe(join(rig.paths.logs, `${FAKE_TIME / 1_000}_ws.log`));
    const text = rig.log();
    expect(text).toContain("WireProxy Server Log\n");
    expect(text).toContain("Configuration: ws.conf\n");
    expect(text).toMatch(/^INFO: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d connected\\nto the server$/m);
    expect(text).not.toContain("thousand");
    expect(text).toContain("Shutdown Method: Graceful termination\n");
    expect(text).not.toContain("let-me-in");
  });

  test("the session log stays while it is written", async () => {
    using rig = create();
    const running = await rig.launch();
    expect([...rig.logsInUse]).toEqual([running.logFile]);
    await running.stop();
    expect([...rig.logsInUse]).toEqual([]);
  });
});

describe("the end", () => {
  test("an end on request closes the client, once the log says why", async () => {
    using rig = create();
    const running = await rig.launch();
    await running.stop("network-drop");
    expect([rig.link().stops, running.isAlive(), await running.ended]).toEqual([1, false, "network-drop"]);
    expect(rig.log()).toContain("Network drop detected");
    expect(running.whyEnded()).toBeUndefined();
  });

  test("an end of a client whose token is refused says so", async () => {
    using rig = create();
    const running = await rig.launch();
    rig.link().fail(new Failure("start-failed", "authentication failed: invalid token"));
    expect(await running.ended).toBe("died-during-startup");
    expect(running.whyEnded()).toMatchObject({
      code: "start-failed",
      message: `LinkSocks failed to start: authentication failed: invalid token. Check log: ${running.logFile}`,
      hint: "check Url, Token and Reverse in ws.conf",
    });
    expect(rig.log()).toMatch(/^ERROR: .* authentication failed: invalid token$/m);
  });

  test("an end of one that had been connected is a death", async () => {
    using rig = create();
    const running = await rig.launch();
    rig.link().connect();
    await running.ready;
    rig.link().fail(new Failure("start-failed", "authentication failed: invalid token"));
    expect([await running.ended, running.whyEnded()?.message]).toEqual(["died", expect.stringContaining("has ended")]);
  });

  test("a client that is only let go closes the port first, and is told to nobody", async () => {
    using rig = create();
    const running = await rig.launch();
    const closing = Promise.withResolvers<void>();
    rig.link().stopWith(() => closing.promise);
    const steps: string[] = [];
    running.ended.then(() => steps.push("ended"));
    const released = running.release().then(() => steps.push("released"));
    await turn();
    expect(steps).toEqual([]);
    closing.resolve();
    await released;
    await turn();
    expect(steps).toEqual(["released"]);
    expect(rig.log()).toContain("Graceful termination");
  });
});

function create({ link = "", rest, credentials = "" }: { link?: string; rest?: string; credentials?: string } = {}) {
  const rig = createDriverRig();
  const { parts, paths } = rig;
  const [port, other] = [freePort(), freePort()];
  const opener = createFakeOpener();
  const listener = `[Socks5]\nBindAddress = 127.0.0.1:${port}\n${credentials}`;
  rig.write("ws.conf", sampleLink({ link, rest: rest ?? listener }));
  const driver = createLinksocksDriver({ ...parts, environment: { HTTP_PROXY: "http://192.0.2.1" } }, opener.open);
  return {
    ...rig,
    port,
    other,
    opener,
    logsInUse: parts.logsInUse,
    launch: (request: Partial<LaunchRequest> = {}) => driver.launch(launchRequest({ config: "ws.conf", ...request })),
    link() {
      const last = opener.links.at(-1);
      if (last === undefined) throw new Error("no client was opened");
      return last;
    },
    log: () => readFileSync(join(paths.logs, readdirSync(paths.logs)[0] ?? "none"), "utf8"),
  };
}
