import { describe, expect, test } from "bun:test";
import {
  findHolder,
  type ListenAddress,
  listenersHeldBy,
  whyNotBindable,
} from "../../../src/platform/network/listeners.ts";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";

test("listenersHeldBy gives those that a process itself has open, in the order they were asked for", async () => {
  await using held = await holdBoth();
  const free: ListenAddress = { transport: "tcp", host: "127.0.0.1", port: freePort() };
  expect(await listenersHeldBy(process.pid, [held.udp, free, held.tcp])).toEqual([held.udp, held.tcp]);
});

test("a port is not held for the other transport", async () => {
  await using held = await holdBoth();
  expect(
    await listenersHeldBy(process.pid, [
      { ...held.udp, transport: "tcp" },
      { ...held.tcp, transport: "udp" },
    ]),
  ).toEqual([]);
});

test("what another process holds is not a process's own", async () => {
  await using held = await holdBoth();
  const other = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
  try {
    // Until it has become its program it has what we have.
    await until("it holds nothing", async () => (await listenersHeldBy(other.pid, [held.tcp, held.udp])).length === 0);
  } finally {
    other.kill("SIGKILL");
    await other.exited;
  }
});

test("a connection is no listener, even on the port that is asked for", async () => {
  await using held = await holdBoth();
  const client = await Bun.connect({ hostname: "127.0.0.1", port: held.tcp.port, socket: { data() {} } });
  try {
    expect(await listenersHeldBy(process.pid, [{ ...held.tcp, port: client.localPort }])).toEqual([]);
  } finally {
    client.terminate();
  }
});

test("no wanted listeners are held at once", async () => {
  expect(await listenersHeldBy(process.pid, [])).toEqual([]);
});

test("findHolder names the process that listens, for either transport, and nobody for a free port", async () => {
  if (process.platform !== "linux") return;
  await using held = await holdBoth();
  expect(findHolder(held.tcp)).toEqual({ pid: process.pid, name: expect.stringContaining("bun") });
  expect(findHolder(held.udp)?.pid).toBe(process.pid);
  expect(findHolder({ transport: "tcp", host: "127.0.0.1", port: freePort() })).toBeUndefined();
});

describe("whyNotBindable", () => {
  test("a free address is bindable, and still free afterwards", async () => {
    for (const transport of ["tcp", "udp"] as const) {
      const address = { transport, host: "127.0.0.1", port: freePort() };
      expect(await whyNotBindable(address)).toBeUndefined();
      expect(await whyNotBindable(address)).toBeUndefined();
    }
  });

  test("a taken address is EADDRINUSE, for TCP and for UDP", async () => {
    await using held = await holdBoth();
    expect(await whyNotBindable(held.tcp)).toBe("EADDRINUSE");
    expect(await whyNotBindable(held.udp)).toBe("EADDRINUSE");
  });

  test("a port that is taken on one address is taken on all of them together", async () => {
    await using held = await holdBoth();
    expect(await whyNotBindable({ ...held.tcp, host: "0.0.0.0" })).toBe("EADDRINUSE");
    expect(await whyNotBindable({ ...held.udp, host: "0.0.0.0" })).toBe("EADDRINUSE");
  });

  test("an address of another machine is EADDRNOTAVAIL, for TCP and for UDP", async () => {
    for (const transport of ["tcp", "udp"] as const) {
      expect(await whyNotBindable({ transport, host: "192.0.2.1", port: freePort() })).toBe("EADDRNOTAVAIL");
    }
  });
});

/** A TCP and a UDP listener of this process on ports that the system chose. */
async function holdBoth() {
  const tcp = Bun.listen({ hostname: "127.0.0.1", port: 0, exclusive: true, socket: { data() {} } });
  const udp = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return {
    tcp: { transport: "tcp", host: "127.0.0.1", port: tcp.port } as const,
    udp: { transport: "udp", host: "127.0.0.1", port: udp.port } as const,
    async [Symbol.asyncDispose]() {
      tcp.stop(true);
      udp.close();
    },
  };
}
