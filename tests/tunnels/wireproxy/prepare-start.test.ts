import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Placement } from "../../../src/tunnels/driver/driver.ts";
import { type PreparedStart, prepareStart } from "../../../src/tunnels/wireproxy/prepare-start.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { createDriverRig, launchRequest } from "../driver-rig.ts";
import { sampleLink } from "../linksocks/sample-link.ts";
import { sampleConfig } from "./config/sample-config.ts";

describe("at its own address", () => {
  test("at its own address, a config is run as it is", async () => {
    using rig = create();
    const prepared = await rig.prepare({ kind: "own" });
    expect(prepared).toMatchObject({ derived: undefined, ownAddress: true, configFile: rig.file("us.conf") });
    expect(prepared.socks).toMatchObject({ host: "127.0.0.1", port: rig.socks });
    expect(prepared.http).toMatchObject({ host: "127.0.0.1", port: rig.http });
    expect(await rig.isClaimed(rig.socks)).toBe(true);
    expect(await rig.isClaimed(rig.http)).toBe(true);
  });

  test("at its own address, a port that is taken is an error, and no other is chosen", async () => {
    using rig = create();
    using _ = listenOn(rig.socks);
    expect((await rejectionOf(rig.prepare({ kind: "own" }))).message).toStartWith(
      `127.0.0.1:${rig.socks} is already in use`,
    );
  });

  test("at its own address, it keeps the port besides where it was found before", async () => {
    using rig = create();
    const alsoOn = freePort();
    const prepared = await rig.prepare({ kind: "own", alsoOn });
    expect(portsOf(prepared).toSorted()).toEqual([rig.socks, rig.http, alsoOn].toSorted());
    expect([prepared.socks?.port, prepared.ownAddress]).toEqual([rig.socks, true]);
    expect(prepared.derived).toContain(`127.0.0.1:${alsoOn}`);
    expect(await rig.isClaimed(alsoOn)).toBe(true);
  });

  test("at its own address, it does without that port where another program has it by now", async () => {
    using rig = create();
    const alsoOn = freePort();
    using _ = listenOn(alsoOn);
    const prepared = await rig.prepare({ kind: "own", alsoOn });
    expect([portsOf(prepared).includes(alsoOn), prepared.derived]).toEqual([false, undefined]);
  });

  test("at its own address, it needs no second listener where that port is its own", async () => {
    using rig = create();
    expect((await rig.prepare({ kind: "own", alsoOn: rig.http })).derived).toBeUndefined();
  });
});

describe("beside others", () => {
  test("beside others, a config whose ports are free is run as it is", async () => {
    using rig = create();
    expect(await rig.prepare({ kind: "any" })).toMatchObject({ derived: undefined, ownAddress: true });
  });

  test("beside others, a port that another program has is left to it: one of the range takes its place", async () => {
    using rig = create();
    using _ = listenOn(rig.socks);
    const prepared = await rig.prepare({ kind: "any" });
    expect(prepared.socks).toMatchObject({ host: "127.0.0.1", port: rig.range });
    expect([prepared.http?.port, prepared.ownAddress]).toEqual([rig.http, false]);
    expect(prepared.derived).toContain(`BindAddress = 127.0.0.1:${rig.range}`);
    expect(prepared.derived).not.toContain(`127.0.0.1:${rig.socks}\n`);
  });

  test("beside others, a port that another tunnel is about to open is left to it likewise", async () => {
    using rig = create();
    await rig.claims.claim({ transport: "tcp", host: "127.0.0.1", port: rig.socks }, "eu.conf");
    expect((await rig.prepare({ kind: "any" })).socks?.port).toBe(rig.range);
  });

  test("beside others, a config is found on the port that its owner set aside", async () => {
    using rig = create();
    const port = freePort();
    const prepared = await rig.prepare({ kind: "port", socks: port });
    expect([prepared.socks?.port, prepared.http?.port, prepared.ownAddress]).toEqual([port, rig.http, false]);
    expect(await rig.isClaimed(port)).toBe(true);
  });

  test("beside others, a config is at home on the port that is its own", async () => {
    using rig = create();
    const prepared = await rig.prepare({ kind: "port", socks: rig.socks });
    expect(prepared).toMatchObject({ derived: undefined, ownAddress: true });
  });

  test("beside others, a port that was set aside and is taken is an error: nobody would look elsewhere", async () => {
    using rig = create();
    const port = freePort();
    using _ = listenOn(port);
    expect((await rejectionOf(rig.prepare({ kind: "port", socks: port }))).message).toContain(
      `127.0.0.1:${port} is already in use`,
    );
  });
});

describe("a ListenPort that is taken", () => {
  const withListenPort = (port: number) =>
    sampleConfig({ interface: `ListenPort = ${port}`, rest: `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}` });

  test("a ListenPort that is taken is given up, where no peer has to call it", async () => {
    using rig = create();
    const socket = await Bun.udpSocket({ port: 0 });
    try {
      rig.write("us.conf", withListenPort(socket.port));
      const prepared = await rig.prepare({ kind: "own" });
      expect(prepared).toMatchObject({ takenListenPort: socket.port, ownAddress: true });
      expect(prepared.derived).toContain("\nListenPort = 0\n");
    } finally {
      socket.close();
    }
    expect(await rig.prepare({ kind: "own" })).toMatchObject({ takenListenPort: undefined, derived: undefined });
  });

  test("a ListenPort that is taken by a tunnel of ours that starts at the same moment is given up too", async () => {
    using rig = create();
    const port = freePort();
    for (const name of ["us.conf", "eu.conf"]) rig.write(name, withListenPort(port));
    expect((await rig.prepare({ kind: "own" })).takenListenPort).toBeUndefined();
    expect((await rig.prepare({ kind: "own" }, null, "eu.conf")).takenListenPort).toBe(port);
  });

  test("a ListenPort that is taken stays where a peer without Endpoint has to call", async () => {
    using rig = create();
    const socket = await Bun.udpSocket({ port: 0 });
    rig.write("us.conf", withListenPort(socket.port).replace(/^Endpoint.*$/m, ""));
    expect((await rig.prepare({ kind: "own" })).derived).toBeUndefined();
    socket.close();
  });
});

describe("carried by another config", () => {
  test("carried by another config, it listens where it did, and speaks to that one's peer", async () => {
    using rig = create();
    rig.write(
      "eu.conf",
      sampleConfig({ peer: "Endpoint = 198.51.100.9:7\n", rest: `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}` }),
    );
    const prepared = await rig.prepare({ kind: "own" }, "eu.conf");
    expect(prepared.config.peers).toEqual([{ host: "198.51.100.9", port: 7 }]);
    expect([prepared.socks?.port, prepared.ownAddress]).toEqual([rig.socks, true]);
    expect(prepared.derived).toContain("198.51.100.9:7");
  });

  test("a LinkSocks config that a wireproxy one carries keeps its listener and its password, and gives its port away", async () => {
    using rig = create();
    const rest = `[Socks5]\nBindAddress = 127.0.0.1:${rig.socks}\nUsername = me\nPassword = hush`;
    rig.write("ws.conf", sampleLink({ rest }));
    using _ = listenOn(rig.socks);
    const prepared = await rig.prepare({ kind: "any" }, "us.conf", "ws.conf");
    expect(prepared.socks).toMatchObject({ port: rig.range, protected: true });
    expect(prepared.config.peers).toEqual([{ host: "192.0.2.1", port: 51_820 }]);
    expect([prepared.ownAddress, prepared.http]).toEqual([false, undefined]);
    expect(prepared.derived).not.toContain("let-me-in");
  });

  test("a carrier that is not there, or will not do, is an error that names it", async () => {
    using rig = create();
    expect((await rejectionOf(rig.prepare({ kind: "own" }, "gone.conf"))).code).toBe("config-not-found");
    rig.write("bad.conf", "[Interface]\nPrivateKey = nonsense\n");
    const failure = await rejectionOf(rig.prepare({ kind: "own" }, "bad.conf"));
    expect([failure.code, failure.message]).toEqual(["config-invalid", expect.stringContaining("bad.conf")]);
  });
});

test("a config that is not there, or will not do, is an error", async () => {
  using rig = create();
  expect((await rejectionOf(rig.prepare({ kind: "own" }, null, "gone.conf"))).code).toBe("config-not-found");
  rig.write("us.conf", "[Interface]\n");
  expect((await rejectionOf(rig.prepare({ kind: "own" }))).code).toBe("config-invalid");
});

function create() {
  const rig = createDriverRig();
  const [socks, http] = [freePort(), freePort()];
  rig.write(
    "us.conf",
    sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${socks}\n\n[http]\nBindAddress = 127.0.0.1:${http}\n` }),
  );
  const { claims } = rig.parts;
  return {
    ...rig,
    socks,
    http,
    claims,
    file: (name: string) => join(rig.paths.configs, name),
    prepare: (placement: Placement, carrier: string | null = null, config = "us.conf") =>
      prepareStart(launchRequest({ config, placement, carrier }), rig.parts),
    isClaimed: async (port: number) =>
      !(await claims.tryClaim({ transport: "tcp", host: "127.0.0.1", port }, "somebody-else.conf")),
  };
}

function portsOf({ config }: PreparedStart): readonly number[] {
  return config.listeners.map(({ port }) => port);
}
