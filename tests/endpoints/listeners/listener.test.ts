import { afterEach, describe, expect, jest, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNetworkPorts } from "../../../src/endpoints/addresses/network-ports.ts";
import { findListenAddress } from "../../../src/endpoints/listeners/listen-place.ts";
import { type ListenerOptions, startListener } from "../../../src/endpoints/listeners/listener.ts";
import { startNetworkListener } from "../../../src/endpoints/listeners/network-listener.ts";
import { parseAddressRange } from "../../../src/net/address-range.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  jest.useRealTimers();
  for (const stop of stops.splice(0)) stop();
});

describe("a listener of an endpoint", () => {
  test("tells of each client that comes and goes", async () => {
    const heard: string[] = [];
    const { port } = listen({ accept: () => heard.push("came"), ended: () => heard.push("went") });
    (await connectTcp("127.0.0.1", port)).close();
    await until("the client to come", () => heard.length > 0);
    expect(heard[0]).toBe("came");
  });

  test("cuts a client off that is not allowed, before anything is opened for it", async () => {
    const came: string[] = [];
    const allowed = ["10.0.0.0/8", "127.0.0.2"].flatMap((range) => parseAddressRange(range) ?? []);
    const listener = listen({ allowed, accept: ({ remoteAddress }) => came.push(remoteAddress) });
    using client = await connectTcp("127.0.0.1", listener.port);
    await expect(client.read().then((bytes) => bytes ?? Promise.reject(new Error("ended")))).rejects.toThrow();
    expect(came).toEqual([]);
  });

  test("says who has its port, and has it once that one is gone", () => {
    jest.useFakeTimers();
    const port = freePort();
    const other = listenOn(port);
    let changes = 0;
    const listener = listen({ port, onChange: () => (changes += 1) });
    expect([listener.error, listener.isTaken]).toEqual([`127.0.0.1:${port} is taken by another program`, true]);
    jest.advanceTimersByTime(30_000);
    expect(listener.isTaken).toBe(true);
    other[Symbol.dispose]();
    jest.advanceTimersByTime(30_000);
    expect([listener.error, listener.isTaken, changes]).toEqual([undefined, false, 2]);
  });

  test("says that an address is not there, and has it when it is asked to try again", () => {
    const listener = listen({ host: "192.0.2.1" });
    expect(listener.error).toBe("192.0.2.1 is no address of this machine");
    listener.retry();
    expect(listener.error).toBeDefined();
  });

  test("that has stopped lets nobody in, and tries nothing more", async () => {
    const listener = listen();
    const { port } = listener;
    listener.stop();
    await expect(connectTcp("127.0.0.1", port)).rejects.toThrow();
    listener.retry();
    expect(() => listenOn(port)[Symbol.dispose]()).not.toThrow();
  });

  test("goes on with a socket that it is given", async () => {
    const first = listen();
    const { port } = first;
    const descriptor = first.duplicateSocket();
    let came = 0;
    const second = listen({ port, descriptor, accept: () => (came += 1) });
    first.stop();
    expect(second.error).toBeUndefined();
    using _ = await connectTcp("127.0.0.1", port);
    await until("the client to come", () => came === 1);
  });
});

describe("a listener on the machine's network", () => {
  test("has the lowest free port, the next one where that is taken, and both again after a restart", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "network_ports.json");
    const first = freePort();
    const ports = openNetworkPorts(path, first);
    using _ = listenOn(first);
    const app = network(ports, "app.example:80");
    const db = network(ports, "db.example:5432");
    expect(app.port).toBeGreaterThan(first);
    expect(db.port).toBeGreaterThan(app.port);
    ports.settle(new Set(["app.example:80", "db.example:5432"]));
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ "app.example:80": app.port, "db.example:5432": db.port });
    const again = openNetworkPorts(path, first);
    expect([again.known("app.example:80"), again.known("db.example:5432")]).toEqual([app.port, db.port]);
  });

  test("keeps the port that it had, and says so while somebody else has it", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "network_ports.json");
    const port = freePort();
    writeFileSync(path, JSON.stringify({ "app.example:80": port }));
    using _ = listenOn(port);
    const listener = network(openNetworkPorts(path, 9_080), "app.example:80");
    expect([listener.port, listener.isTaken]).toEqual([port, true]);
  });

  test("finds a port behind 40 that are taken", () => {
    using folder = temporaryFolder();
    const taken = takeRow(40);
    const ports = openNetworkPorts(join(folder.path, "network_ports.json"), taken.first);
    expect(network(ports, "app.example:80").port).toBe(taken.first + 40);
  });

  test("is a failure, and no port above 65535, where none is left", () => {
    using folder = temporaryFolder();
    const ports = openNetworkPorts(join(folder.path, "network_ports.json"), 65_535);
    ports.assign("other.example:80", 65_535);
    expect(() => network(ports, "app.example:80")).toThrow("no port from start_port on is free for app.example:80");
  });

  test("gives the port of an endpoint that is gone to another one", () => {
    using folder = temporaryFolder();
    const ports = openNetworkPorts(join(folder.path, "network_ports.json"), 9_080);
    ports.assign("app.example:80", 9_080);
    ports.assign("db.example:5432", 9_081);
    expect(ports.findFree()).toBe(9_082);
    ports.settle(new Set(["db.example:5432"]));
    expect(ports.findFree()).toBe(9_080);
  });

  test.each(["null", "[]", '{"app.example:80":"x"}', '{"app.example:80":65536}', "{"])(
    "begins anew where the file of ports is %s",
    (content) => {
      using folder = temporaryFolder();
      const path = join(folder.path, "network_ports.json");
      writeFileSync(path, content);
      expect(openNetworkPorts(path, 9_080).findFree()).toBe(9_080);
    },
  );
});

describe("the place that a setting names", () => {
  const address = (family: "IPv4" | "IPv6", text: string) =>
    ({ address: text, family, netmask: "", mac: "", internal: false, cidr: null, scopeid: 0 }) as const;
  const INTERFACES = {
    lo: [address("IPv4", "127.0.0.1")],
    eth0: [address("IPv6", "fe80::1"), address("IPv4", "192.0.2.7"), address("IPv4", "192.0.2.8")],
    wg0: [address("IPv6", "fe80::2")],
  };

  test.each([
    ["0.0.0.0", "0.0.0.0"],
    ["192.0.2.8", "192.0.2.8"],
    ["eth0", "192.0.2.7"],
    ["lo", "127.0.0.1"],
  ])("%s is %s", (setting, expected) => {
    expect(findListenAddress(setting, INTERFACES)).toBe(expected);
  });

  test.each([
    ["192.0.2.9", "192.0.2.9 is no address of this machine"],
    ["eth1", "eth1 is no interface of this machine"],
    ["wg0", "the interface wg0 has no IPv4 address"],
    ["::1", "::1 is no interface of this machine"],
  ])("%s is refused with what there is to choose from", (setting, message) => {
    const find = () => findListenAddress(setting, INTERFACES);
    expect(find).toThrow(message);
    expect(find).toThrow(
      expect.objectContaining({ hint: "choose virtual, 0.0.0.0, or one of: lo (127.0.0.1), eth0 (192.0.2.7)" }),
    );
  });
});

function listen(options: Partial<ListenerOptions> = {}) {
  const listener = startListener({ host: "127.0.0.1", port: 0, ...QUIET, ...options });
  stops.push(listener.stop);
  return listener;
}

function network(ports: ReturnType<typeof openNetworkPorts>, key: string) {
  const listener = startNetworkListener(ports, key, { host: "127.0.0.1", ...QUIET });
  stops.push(listener.stop);
  return listener;
}

const QUIET = { accept: () => undefined, ended: () => undefined };

/** Listeners on ports that follow one another, with a free one behind them. */
function takeRow(count: number): { readonly first: number } {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const row: Disposable[] = [];
    try {
      for (let port = first; port < first + count; port += 1) row.push(listenOn(port));
      listenOn(first + count)[Symbol.dispose]();
      stops.push(...row.map((one) => () => one[Symbol.dispose]()));
      return { first };
    } catch {
      for (const one of row) one[Symbol.dispose]();
    }
  }
}
