import { describe, expect, test } from "bun:test";
import type { ListenAddress } from "../../../src/platform/network/listeners.ts";
import { createPortClaims } from "../../../src/tunnels/driver/port-claims.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";

const NOTHING_RESERVED = () => false;

describe("an address", () => {
  test("an address that is free is claimed; another tunnel is told whose it is, the same one may have it again", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const address = loopback();
    await claims.claim(address, "us.conf");
    const failure = await rejectionOf(claims.claim(address, "eu.conf"));
    expect([failure.code, failure.message]).toEqual([
      "address-in-use",
      `127.0.0.1:${address.port} is already in use by the tunnel us`,
    ]);
    expect(await claims.tryClaim(address, "eu.conf")).toBe(false);
    await claims.claim(address, "us.conf");
    expect(await claims.tryClaim(address, "us.conf")).toBe(true);
  });

  test("an address is free again once its tunnel has ended, and only that tunnel's", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const [first, second] = [loopback(), loopback()];
    await claims.claim(first, "us.conf");
    await claims.claim(second, "eu.conf");
    claims.release("us.conf");
    await claims.claim(first, "eu.conf");
    expect(await claims.tryClaim(second, "us.conf")).toBe(false);
  });

  test.each(["tcp", "udp"] as const)(
    "an address that two ask for at the same moment is given to the first (%s)",
    async (transport) => {
      const claims = createPortClaims(NOTHING_RESERVED);
      const address = loopback(transport);
      const outcomes = await Promise.allSettled([claims.claim(address, "us.conf"), claims.claim(address, "eu.conf")]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
      const other = loopback(transport);
      expect(await Promise.all(["us.conf", "eu.conf"].map((owner) => claims.tryClaim(other, owner)))).toEqual([
        true,
        false,
      ]);
    },
  );

  test("an address that another program has is told with that program, and not claimed", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const address = loopback();
    using _ = listenOn(address.port);
    const failure = await rejectionOf(claims.claim(address, "us.conf"));
    expect(failure.code).toBe("address-in-use");
    expect(failure.message).toStartWith(`127.0.0.1:${address.port} is already in use`);
    if (process.platform === "linux") expect(failure.message).toContain(` by process ${process.pid} (`);
    expect(await claims.tryClaim(address, "us.conf")).toBe(false);
    _[Symbol.dispose]();
    await claims.claim(address, "eu.conf");
  });

  test("an address that is none of this machine's is told with the system's reason", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const address: ListenAddress = { transport: "tcp", host: "192.0.2.1", port: freePort() };
    const failure = await rejectionOf(claims.claim(address, "us.conf"));
    expect(failure.message).toStartWith(`cannot listen on 192.0.2.1:${address.port}: E`);
  });

  test("an address is another one with another transport", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const address = loopback();
    await claims.claim(address, "us.conf");
    await claims.claim({ ...address, transport: "udp" }, "eu.conf");
  });
});

describe("a port of the range", () => {
  test("a port of the range is the first that is neither claimed, nor taken, nor reserved for another tunnel", async () => {
    const range = freeRange(5);
    const claims = createPortClaims((port, owner) => port === range.from + 2 && owner !== "eu.conf");
    await claims.claim({ transport: "tcp", host: "127.0.0.1", port: range.from }, "us.conf");
    using _ = listenOn(range.from + 1);
    expect(await claims.claimFromRange(range, "uk.conf")).toBe(range.from + 3);
    expect(await claims.claimFromRange(range, "eu.conf")).toBe(range.from + 2);
    expect(await claims.claimFromRange(range, "uk.conf")).toBe(range.from + 3);
  });

  test("a port of the range is another one for each of several that ask at the same moment", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const range = freeRange(4);
    const owners = ["us.conf", "eu.conf", "uk.conf", "jp.conf"];
    const ports = await Promise.all(owners.map((owner) => claims.claimFromRange(range, owner)));
    expect(ports.toSorted()).toEqual([0, 1, 2, 3].map((offset) => range.from + offset));
  });

  test("a port of the range that is used up is told, with the settings that widen it", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const { from } = freeRange(1);
    await claims.claimFromRange({ from, to: from }, "us.conf");
    const failure = await rejectionOf(claims.claimFromRange({ from, to: from }, "eu.conf"));
    expect([failure.code, failure.message]).toEqual(["address-in-use", `no port from ${from} to ${from} is free`]);
    expect(failure.hint).toContain("socks.from and socks.to");
  });
});

describe("a port for a process's own counters", () => {
  test("a port for a process's own counters lies outside those that systems give to outgoing connections, and is claimed", async () => {
    const claims = createPortClaims(NOTHING_RESERVED);
    const port = (await claims.claimInfoPort("us.conf")) ?? 0;
    expect(port).toBeWithin(20_000, 30_000);
    expect(await claims.tryClaim({ transport: "tcp", host: "127.0.0.1", port }, "eu.conf")).toBe(false);
  });

  test("a port for a process's own counters is done without where none can be had", async () => {
    expect(await createPortClaims(() => true).claimInfoPort("us.conf")).toBeUndefined();
  });
});

function loopback(transport: "tcp" | "udp" = "tcp"): ListenAddress {
  return { transport, host: "127.0.0.1", port: freePort() };
}

/** So many ports in a row that were free a moment ago. */
function freeRange(count: number): { readonly from: number; readonly to: number } {
  for (;;) {
    const from = freePort();
    try {
      for (let port = from; port < from + count; port++) listenOn(port)[Symbol.dispose]();
      return { from, to: from + count - 1 };
    } catch {
      // One of them is taken: look elsewhere.
    }
  }
}
