import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDocument } from "../../src/endpoints/config/read-document.ts";
import type { EndpointSettings } from "../../src/endpoints/config/settings.ts";
import { startEndpoints } from "../../src/endpoints/endpoints.ts";
import { connectStream, createMailbox } from "../../src/net/byte-stream.ts";
import { addressIn, exchange, openConnection } from "../rig/endpoint-names.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

let folder: ReturnType<typeof temporaryFolder>;
let echo: Bun.TCPSocketListener<undefined>;
let hosts: string;
const running: Awaited<ReturnType<typeof startEndpoints>>[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  hosts = join(folder.path, "hosts");
  writeFileSync(hosts, "");
  echo = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: { data: (socket, bytes) => void socket.write(bytes), end: (socket) => void socket.end() },
  });
});

afterEach(async () => {
  for (const endpoints of running.splice(0)) await endpoints.stop();
  echo.stop(true);
  folder[Symbol.dispose]();
});

test("an endpoint that listens elsewhere from now on keeps its connections and its counts, and its name", async () => {
  const endpoints = await start();
  const ip = String(addressIn(hosts, "a.internal"));
  const open = await openConnection(ip, echo.port);
  expect(await open.ask("before")).toBe("before");
  const port = freePort();
  await endpoints.configure(settings({ net: { listen_interface: "127.0.0.1", start_port: port } }));
  expect(await open.ask("after")).toBe("after");
  expect(await exchange("127.0.0.1", port, "by another way")).toBe("by another way");
  expect(await exchange(ip, echo.port, "by its name")).toBe("by its name");
  const counts = () => endpoints.describe().endpoints[0];
  expect(counts()).toMatchObject({ mode: "127.0.0.1", networkPort: port, totalConnections: 3, errors: 0 });
  open.end();
  await until("no connection", () => counts()?.connections === 0);
});

test("a poll that finds nothing new writes no file", async () => {
  const endpoints = await start();
  const stamps = () =>
    [hosts, ...readdirSync(join(folder.path, "state")).map((name) => join(folder.path, "state", name))]
      .filter((path) => !path.endsWith(".lock"))
      .map((path) => [path, statSync(path).ino, statSync(path).mtimeMs]);
  const before = stamps();
  await endpoints.poll();
  expect(stamps()).toEqual(before);
});

test("a thousand endpoints come up at once, each by its own address, and leave no descriptor behind", async () => {
  const endpoints = await start();
  const before = readdirSync("/dev/fd").length;
  const names = Array.from({ length: 1_000 }, (_, index) => `host${index}.internal`);
  const target = `127.0.0.1:${echo.port}`;
  await endpoints.configure(settings({ static: Object.fromEntries(names.map((name) => [name, { target }])) }));
  const { endpoints: all } = endpoints.describe();
  expect(all.filter(({ state }) => state === "serving")).toHaveLength(1_000);
  expect(new Set(all.map(({ ip }) => ip)).size).toBe(1_000);
  expect(await exchange(String(addressIn(hosts, "host999.internal")), echo.port, "hello")).toBe("hello");
  await endpoints.configure(settings());
  await until("the descriptors to be closed", () => readdirSync("/dev/fd").length <= before);
});

test("a hosts file that cannot be written is told, and the endpoints are served all the same", async () => {
  const nowhere = join(folder.path, "nowhere/hosts");
  const endpoints = await start({ hosts: { path: nowhere } });
  const { hosts: told, endpoints: all } = endpoints.describe();
  expect(told.fault).toContain(nowhere);
  expect(await exchange(String(all[0]?.ip), echo.port, "hello")).toBe("hello");
});

test("a far side that is not there is an error of its endpoint, with the reason, and cuts its client off", async () => {
  const endpoints = await start({ static: { "a.internal": { target: `127.0.0.1:${freePort()}` } } });
  const [entry] = endpoints.describe().endpoints;
  await expect(exchange(String(entry?.ip), entry?.port ?? 0, "hello")).rejects.toThrow();
  await until("the error", () => endpoints.describe().endpoints[0]?.errors === 1);
  expect(endpoints.describe().endpoints[0]?.lastError?.message).toBeString();
});

async function start(more: object = {}) {
  const endpoints = await startEndpoints({
    settings: settings(more),
    dial: (target) => connectStream(target, createMailbox(), 10_000),
    inherited: [],
    audit: () => undefined,
    onChange: () => undefined,
    now: Date.now,
  });
  running.push(endpoints);
  return endpoints;
}

function settings(more: object = {}): EndpointSettings {
  const document = { hosts: { path: hosts }, static: { "a.internal": { target: `127.0.0.1:${echo.port}` } }, ...more };
  const defaults = { socketPath: "", socketMode: 0o600, stateFolder: join(folder.path, "state"), asksNgrok: false };
  const { settings: read, problems } = readDocument(document, {}, defaults);
  if (read === undefined) throw new Error(JSON.stringify(problems));
  return read;
}
