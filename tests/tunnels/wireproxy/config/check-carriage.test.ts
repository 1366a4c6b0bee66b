import { describe, expect, test } from "bun:test";
import { findIn, KEYS, parse, sampleConfig } from "./sample-config.ts";

const NOTHING = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ADDRESS = "Address = 10.0.0.2/32";

const inInterface = (lines: string) => findIn(sampleConfig({ interface: lines }));
const inPeer = (lines: string) => findIn(sampleConfig({ peer: lines }));
const withoutLine = (key: string, parts = {}) => sampleConfig(parts).replace(new RegExp(`^${key} = .*$`, "m"), "");
const secondPeer = (lines: string) =>
  `Endpoint = 192.0.2.1:51820\nAllowedIPs = 0.0.0.0/0\n[Peer]\nEndpoint = 192.0.2.2:51820\n${lines}`;

describe("a config that could carry nothing is found without starting it", () => {
  test("without an Address no packet has a sender", () => {
    const message = "Address is missing in this section: the tunnel would start, and every connection fail";
    expect(findIn(withoutLine("Address"))).toEqual([`error 1: ${message}`]);
    expect(inInterface("Address =")).toEqual([`error 5: ${message}`]);
    expect(inInterface("Address = ,")).toEqual([`error 5: ${message}`]);
  });

  test.each(["0.0.0.0/0", "127.0.0.1/32", "224.0.0.1", "::/0, 10.0.0.2", "::1", "255.255.255.255"])(
    "no host beyond this machine can have the Address %s",
    (address) => {
      expect(inInterface(`Address = ${address}`)).toContain(
        "error 5: Address holds one that no host in a network can have: no answer would find it",
      );
    },
  );

  test("keys of zeros, and a PrivateKey given as the peer's PublicKey, are no keys to talk with", () => {
    expect(findIn(sampleConfig().replace(KEYS.privateKey, NOTHING))).toEqual([
      "error 2: PrivateKey is all zeros, which is no key",
    ]);
    expect(findIn(sampleConfig().replace(KEYS.publicKey, NOTHING))).toEqual([
      "error 7: PublicKey is all zeros, which is no key",
    ]);
    expect(findIn(sampleConfig().replace(KEYS.publicKey, KEYS.privateKey))).toEqual([
      "error 7: PublicKey is the tunnel's own PrivateKey: no peer can answer to it",
    ]);
  });

  test("without an Endpoint and a ListenPort neither side can begin", () => {
    expect(findIn(withoutLine("Endpoint"))).toEqual([
      "error 6: no peer has an Endpoint, and without ListenPort none can call: nothing would ever answer",
    ]);
  });

  test.each(["0.0.0.0:51820", "[::]:51820", "239.1.1.1:51820", "255.255.255.255:51820"])(
    "no server can be at the Endpoint %s, but one may be on this machine",
    (endpoint) => {
      expect(inPeer(`Endpoint = ${endpoint}`)).toEqual(["error 8: Endpoint is an address that no host can have"]);
      expect(inPeer("Endpoint = 127.0.0.1:51820")).toEqual([]);
    },
  );

  test("AllowedIPs of 0.0.0.0 without its /0 is one host, which nobody is", () => {
    const message = "error 9: AllowedIPs has only 0.0.0.0 or ::, which no host has: nothing is sent to this peer";
    expect(inPeer("AllowedIPs = 0.0.0.0/32, ::/128")).toContain(message);
    expect(inPeer("AllowedIPs = 0.0.0.0/32, 10.0.0.0/8")).toEqual([]);
  });

  test("AllowedIPs need a network of a kind that Address has", () => {
    expect(inPeer("AllowedIPs = ::/0")).toContain(
      "error 9: AllowedIPs has no IPv4 network, and Address is IPv4 alone: this peer gets nothing",
    );
    expect(inPeer("AllowedIPs = ::/0, 0.0.0.0/0")).toEqual([]);
    const both = { interface: "Address = fd00::2/128, 10.0.0.2/32" };
    expect(findIn(sampleConfig({ ...both, peer: "AllowedIPs = 0.0.0.0/0" }))).toEqual([]);
    const newer = { interface: "Address = fd00::2/128\nDNS = fd00::1", peer: "AllowedIPs = 0.0.0.0/0" };
    expect(findIn(sampleConfig(newer))).toContain(
      "error 9: AllowedIPs has no IPv6 network, and Address is IPv6 alone: this peer gets nothing",
    );
  });

  test("AllowedIPs that hold this tunnel's own address alone lead nowhere", () => {
    expect(inPeer("AllowedIPs = 10.0.0.2/32")).toContain(
      "error 9: AllowedIPs has only this tunnel's own address: nothing is sent to this peer",
    );
  });

  test("an MTU below 1280 has no room for IPv6", () => {
    const message = "MTU is below 1280, which IPv6 needs";
    expect(inInterface("Address = fd00::2\nDNS = fd00::1\nMTU = 1200")).toEqual([
      `error 6: ${message}: nothing comes through`,
    ]);
    expect(inInterface("Address = fd00::2, 10.0.0.2\nMTU = 1200")).toEqual([
      `warning 6: ${message}: only IPv4 comes through`,
    ]);
    expect(inInterface("MTU = 1200")).toEqual([]);
  });
});

describe("a config that can carry only in part is warned of", () => {
  test.each([
    ["DNS = 10.1.0.1", "AllowedIPs = 10.0.0.0/24"],
    ["DNS = 2001:db8::1", "AllowedIPs = ::/0, 0.0.0.0/0"],
    ["DNS = 10.0.0.2", ""],
    ["DNS = 127.0.0.53", ""],
  ])("%s cannot be reached with %p", (dns, peer) => {
    const found = findIn(sampleConfig({ interface: `#\n${dns}`, peer }));
    expect(found).toEqual(["warning 5: DNS has no address that the tunnel reaches, so names cannot be looked up"]);
    expect(findIn(sampleConfig({ interface: `#\n${dns}, 10.0.0.1`, peer }))).toEqual([]);
  });

  test("CheckAlive at an address that the tunnel does not reach fails for ever", () => {
    expect(findIn(sampleConfig({ interface: "CheckAlive = 8.8.8.8", peer: "AllowedIPs = 10.0.0.0/8" }))).toEqual([
      "warning 5: CheckAlive has no address that the tunnel reaches, so the check fails for ever",
    ]);
  });

  test("of two peers with one network the later one gets it", () => {
    const other = `PublicKey = ${Buffer.alloc(32, 1).toString("base64")}`;
    expect(inPeer(secondPeer(other))).toEqual([
      "warning 9: AllowedIPs has only networks that a later peer, on line 10, gets",
    ]);
    expect(inPeer(secondPeer(`${other}\nAllowedIPs = 10.0.0.0/8`))).toEqual([]);
    expect(inPeer(secondPeer(`PublicKey = ${KEYS.publicKey}`))).toContain(
      "warning 12: the peer of line 7 has the same PublicKey: wireproxy makes one peer of both",
    );
  });

  test("ten thousand addresses and networks are looked through in no time, and told of once", () => {
    const many = (each: (index: number) => string) =>
      Array.from({ length: 10_000 }, (_, index) => each(index)).join(",");
    const [dns, peer] = [
      many((index) => `9.9.${index >> 8}.${index & 255}`),
      many((index) => `10.0.${index >> 8}.${index & 255}/32`),
    ];
    expect(findIn(sampleConfig({ interface: `#\nDNS = ${dns}`, peer: `AllowedIPs = ${peer}` }))).toHaveLength(1);
  });
});

describe("AmneziaWG", () => {
  const junk = "Jc = 4\nJmin = 40\nJmax = 70";

  test("a config of AmneziaWG whose messages differ is refused by that name, in one finding", () => {
    for (const [key, value] of [
      ["S1", "86"],
      ["S4", "1"],
      ["H1", "1755269708"],
      ["H4", "3"],
      ["H2", "5-50"],
      ["s2", "7"],
    ]) {
      const { findings } = parse(sampleConfig({ interface: `${junk}\n${key} = ${value}\nI1 = <b 0xc0>` }));
      expect(findings).toMatchObject([{ severity: "error", line: 5 }]);
      expect(findings[0]?.message).toContain("AmneziaWG");
    }
  });

  test("a config of AmneziaWG that speaks as WireGuard does starts, with one warning", () => {
    const plain = "S1 = 0\nS2 = 0\nH1 = 1\nH2 = 2\nH3 = 3\nH4 = 4";
    expect(findIn(sampleConfig({ interface: `${junk}\n${plain}`, peer: "AdvancedSecurity = off" }))).toEqual([
      "warning 5: these are keys of AmneziaWG: wireproxy sends no junk packets, and hides nothing",
    ]);
  });
});

describe("a value that a comment sign cuts", () => {
  const cut = "the # or ; on this line ends the value, for it begins a comment even without a blank before it";
  const withPassword = (password: string) =>
    findIn(sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = u\nPassword = ${password}` }));

  test.each(["pa#ss;word", "pa;ss", '"pa#ss"', "'p;a'", "pa# comment", "#"])("%s is warned of", (password) => {
    expect(withPassword(password)).toContain(`warning 13: ${cut}`);
  });

  test.each(["`pa#ss;word`", '"""pa#ss"""', "pass # comment", "pass\t; comment", "pass"])("%s is not", (password) => {
    expect(withPassword(password)).toEqual([]);
  });

  test("the warning is given for every kind of key, known or not", () => {
    // wireproxy does not read it at all.
    expect(inInterface("PostUp = a; b")).toEqual(["warning 5: wireproxy ignores PostUp: only wg-quick acts on it"]);
    expect(inPeer("Foo = a#b")).toContain(`warning 9: ${cut}`);
    expect(findIn(sampleConfig().replace(ADDRESS, `${ADDRESS}# mine`))).toEqual([`warning 3: ${cut}`]);
  });
});
