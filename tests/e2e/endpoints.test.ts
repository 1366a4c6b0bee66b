import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { addressIn, exchange, openConnection } from "../rig/endpoint-names.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const scene = openTunnelScene();
const BEFORE = "127.0.0.1\tlocalhost\n# mine, without an end of its line";

test("a name leads through a WireGuard tunnel, which comes up with the first connection", async () => {
  await using world = await openWorld();
  const { daemon, hosts, port } = world;
  daemon.writeConfig("us-east.conf", scene.makeConfig().text);
  const ip = await until("the name to be written", () => addressIn(hosts, "web.internal"));
  expect(await (await fetch(`http://${ip}:${port}/`)).text()).toBe(PAGE);
  const { output } = await callWpdaemon(daemon.home, ["endpoints", "status", "--json"]);
  const [, endpoint] = JSON.parse(output).endpoints;
  expect(endpoint).toMatchObject({ hostname: "web.internal", state: "serving", totalConnections: 1, errors: 0 });
  expect(endpoint.bytesOut).toBeGreaterThan(PAGE.length);
});

test("the hosts file is byte for byte as before once the daemon has ended", async () => {
  await using world = await openWorld();
  expect(readFileSync(world.hosts, "utf8")).toStartWith(BEFORE);
  expect(await world.daemon.end("SIGTERM")).toBe(0);
  expect(readFileSync(world.hosts, "utf8")).toBe(BEFORE);
});

test("a daemon that was killed leaves names that the next one serves at the same addresses, or cleanup removes", async () => {
  await using world = await openWorld();
  const { daemon, hosts } = world;
  const ip = addressIn(hosts, "web.internal");
  await daemon.end("SIGKILL");
  expect(addressIn(hosts, "web.internal")).toBe(ip);
  await daemon.start();
  expect(addressIn(hosts, "web.internal")).toBe(ip);
  expect((await callWpdaemon(daemon.home, ["endpoints", "cleanup"])).code).toBe(1);
  await daemon.end("SIGKILL");
  expect((await callWpdaemon(daemon.home, ["endpoints", "cleanup"])).code).toBe(0);
  expect(readFileSync(hosts, "utf8")).toBe(BEFORE);
});

test("names are removed by a daemon whose settings have no endpoints any more, after the one before was killed", async () => {
  await using world = await openWorld();
  await world.daemon.end("SIGKILL");
  writeFileSync(join(world.daemon.home, "wpdaemon/config.yaml"), "", { mode: 0o600 });
  await world.daemon.start();
  expect(readFileSync(world.hosts, "utf8")).toBe(BEFORE);
});

test("an upgrade keeps each address, refuses nobody, and lets a connection that is open end by itself", async () => {
  await using world = await openWorld({ WPDAEMON_DETACHED: "1" });
  const { daemon, hosts, echo } = world;
  const ip = String(addressIn(hosts, "echo.internal"));
  const failures: unknown[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const answer = await exchange(ip, echo.port, "hello").catch((error) => error);
      if (answer !== "hello") failures.push(answer);
    }
  })();
  const open = await openConnection(ip, echo.port);
  expect(await open.ask("before")).toBe("before");
  expect(await callWpdaemon(daemon.home, ["restart"])).toMatchObject({ code: 0, complaint: "" });
  expect(await open.ask("after")).toBe("after");
  isOver = true;
  await asking;
  open.end();
  expect([failures, addressIn(hosts, "echo.internal")]).toEqual([[], ip]);
  await callWpdaemon(daemon.home, ["stop"]);
  await until("the names to go", () => addressIn(hosts, "echo.internal") === undefined);
});

test("a change of the file is in force without a start, and one with a fault changes nothing; SIGHUP reads it, too", async () => {
  await using world = await openWorld();
  const { daemon, hosts } = world;
  const ip = addressIn(hosts, "web.internal");
  world.configure({ "other.internal:80": { target: "127.0.0.1:9" } });
  await until("the new name", () => addressIn(hosts, "other.internal"));
  expect(addressIn(hosts, "web.internal")).toBe(ip);
  world.configure({ "third.internal": { target: "no port", vai: "us-east" } });
  const fault = await until("the fault to be told", async () => {
    const { output } = await callWpdaemon(daemon.home, ["endpoints", "status", "--json"]);
    return JSON.parse(output).settingsFault ?? undefined;
  });
  expect(fault).toContain("third.internal");
  expect(fault).toContain("vai");
  expect(addressIn(hosts, "other.internal")).toBeString();
  world.configure({ "fourth.internal": { target: "127.0.0.1:9" } });
  process.kill(daemon.pid, "SIGHUP");
  await until("the daemon to have read the file anew", () => addressIn(hosts, "fourth.internal"));
  world.configure({ "third.internal": { target: "no port", vai: "us-east" } });
  const checked = await callWpdaemon(daemon.home, ["endpoints", "check"]);
  expect([checked.code, checked.output.match(/^problem/gm)?.length]).toEqual([1, 2]);
});

test("a waiting list ends as soon as enough endpoints can be reached, and with an error where they cannot", async () => {
  await using world = await openWorld();
  const list = (wanted: number) =>
    callWpdaemon(world.daemon.home, ["endpoints", "list", `--wait=${wanted}`, "--timeout=300ms"]);
  const enough = await list(2);
  expect([enough.code, enough.output]).toEqual([0, expect.stringContaining("Total: 2 endpoint(s)")]);
  expect((await list(3)).code).toBe(1);
});

test("a daemon without endpoints says so, and how to have some", async () => {
  await using daemon = await scene.start();
  const { code, complaint } = await callWpdaemon(daemon.home, ["endpoints"]);
  expect([code, complaint]).toEqual([1, expect.stringContaining("this daemon has no endpoints")]);
});

interface World extends AsyncDisposable {
  readonly daemon: TestDaemon;
  readonly hosts: string;
  /** Of the page behind the tunnel. */
  readonly port: number;
  /** What the endpoint echo.internal leads to, directly. */
  readonly echo: { readonly port: number };
  /** Adds endpoints to the settings. */
  configure(more: object): void;
}

/** A daemon with two endpoints, and a hosts file of its own. */
async function openWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = temporaryFolder();
  const hosts = join(folder.path, "hosts");
  writeFileSync(hosts, BEFORE);
  const echo = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: { data: (socket, bytes) => void socket.write(bytes), end: (socket) => void socket.end() },
  });
  const page = new URL(scene.pageUrl());
  const settings = (more: object = {}) =>
    JSON.stringify({
      endpoints: {
        hosts: { path: hosts },
        server: { health_port: freePort() },
        static: {
          "web.internal": { target: page.host, via: "us-east" },
          "echo.internal": { target: `127.0.0.1:${echo.port}` },
          ...more,
        },
      },
    });
  const daemon = await scene.start({ settings: settings(), environment });
  await until("the names", () => addressIn(hosts, "echo.internal"));
  return {
    daemon,
    hosts,
    port: Number(page.port),
    echo,
    configure: (more) => writeFileSync(join(daemon.home, "wpdaemon/config.yaml"), settings(more)),
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      echo.stop(true);
      folder[Symbol.dispose]();
    },
  };
}
