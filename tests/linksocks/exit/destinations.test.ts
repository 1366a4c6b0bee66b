import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { createDestinations, type DestinationOptions } from "../../../src/linksocks/exit/destinations.ts";
import { DialError } from "../../../src/linksocks/exit/resolve.ts";

const NOTHING = "not allowed by the exit";

test.each([
  "169.254.169.254",
  "fe80::1",
  "::ffff:169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "fd00:ec2::254",
  "2852039166",
  "0xa9fea9fe",
])("no exit leads to the link-local address %s", async (host) => {
  for (const isConfined of [false, true]) await expect(choose(host, { isConfined })).rejects.toThrow(NOTHING);
});

test.each(["127.0.0.1", "localhost", "10.1.2.3", "::1", "fd00::1", "203.0.113.9"])(
  "an exit of a command line leads to %s",
  async (host) => {
    expect(await choose(host, { isConfined: false })).not.toEqual([]);
  },
);

test.each([
  "127.0.0.1",
  "127.9.9.9",
  "localhost",
  "LOCALHOST",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "0.0.0.0",
  "0",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::127.0.0.1",
  "2002:7f00:1::",
  "10.1.2.3",
  "100.64.0.1",
  "172.31.0.1",
  "192.168.1.1",
  "255.255.255.255",
  "239.255.255.250",
  "fd12::1",
  "ff05::2",
])("a confined exit does not lead to %s", async (host) => {
  await expect(choose(host)).rejects.toThrow(NOTHING);
});

test("a confined exit does not lead to this machine by any address of its interfaces", async () => {
  const own = Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []);
  for (const host of own) await expect(choose(host)).rejects.toThrow(NOTHING);
  expect(own).not.toEqual([]);
});

test("a confined exit leads out", async () => {
  expect(await choose("203.0.113.9")).toEqual(["203.0.113.9"]);
  expect(await choose("2001:db8::1")).toEqual(["2001:db8::1"]);
});

test.each<[Partial<DestinationOptions>, string, number, boolean]>([
  [{ allow: ["192.168.1.0/24"] }, "192.168.1.9", 80, true],
  [{ allow: ["192.168.1.0/24"] }, "192.168.2.9", 80, false],
  [{ allow: ["192.168.1.9:445"] }, "192.168.1.9", 445, true],
  [{ allow: ["192.168.1.9:445"] }, "192.168.1.9", 80, false],
  [{ allow: ["localhost:80"] }, "localhost", 80, true],
  [{ allow: ["localhost:80"] }, "127.0.0.1", 80, true],
  [{ allow: ["localhost:80"] }, "localhost", 81, false],
  [{ deny: ["203.0.113.0/24"] }, "203.0.113.9", 80, false],
  [{ deny: ["localhost"], allow: ["*"] }, "127.0.0.1", 80, false],
  [{ deny: ["*"], allow: ["203.0.113.9:443"] }, "203.0.113.9", 443, true],
  [{ deny: ["*"], allow: ["203.0.113.9:443"] }, "203.0.113.9", 80, false],
  [{ allow: ["10.0.0.0/8"], deny: ["10.1.0.0/16"] }, "10.1.0.1", 80, false],
  [{ allow: ["10.1.0.1"], deny: ["10.0.0.0/8"] }, "10.1.0.1", 80, true],
  [{ allow: ["10.0.0.0/8"], deny: ["10.0.0.0/8"] }, "10.1.0.1", 80, false],
])("with the rules %p, whether %s:%d is reached is %p", async (rules, host, port, isReached) => {
  const chosen = choose(host, rules, port);
  if (isReached) expect(await chosen).not.toEqual([]);
  else await expect(chosen).rejects.toThrow(NOTHING);
});

test("a host that no resolver knows is told as such", async () => {
  await expect(choose("x".repeat(64))).rejects.toThrow("host not found");
});

test("datagrams are judged by the same rules, and go to IPv4 where a host has both", async () => {
  const { chooseForDatagram } = createDestinations({ allow: ["127.0.0.1"], deny: [], isConfined: true });
  expect(await chooseForDatagram({ host: "localhost", port: 53 })).toBe("127.0.0.1");
  expect(await chooseForDatagram({ host: "::1", port: 53 })).toBeUndefined();
  expect(await chooseForDatagram({ host: "x".repeat(64), port: 53 })).toBeUndefined();
});

test("what a proxy resolves is judged by what it is called: addresses, names of this machine, named hosts", async () => {
  const { admit } = createDestinations({ allow: [], deny: ["evil.example"], isConfined: true });
  for (const host of ["127.0.0.1", "localhost", "0x7f000001", "10.0.0.1", "fe80::1", "Evil.Example."]) {
    await expect(admit({ host, port: 80 })).rejects.toThrow(NOTHING);
  }
  // Some resolvers know no such name, and some take it for this machine (RFC 6761 section 6.3).
  for (const host of ["a.localhost", "127.0.0.1.1"]) await expect(admit({ host, port: 80 })).rejects.toThrow(DialError);
  await admit({ host: "far.invalid", port: 80 });
  await admit({ host: "203.0.113.9", port: 80 });
});

function choose(host: string, options: Partial<DestinationOptions> = {}, port = 80) {
  return createDestinations({ allow: [], deny: [], isConfined: true, ...options }).choose({ host, port });
}
