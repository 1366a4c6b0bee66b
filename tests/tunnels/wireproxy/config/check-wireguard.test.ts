import { describe, expect, test } from "bun:test";
import { findIn, KEYS, parse, sampleConfig } from "./sample-config.ts";

/** What is found in a config whose line 5 is `line`, in [Interface]. */
const inInterface = (line: string) => findIn(sampleConfig({ interface: line }));
/** What is found in a config whose line 9 is `line`, in [Peer]. */
const inPeer = (line: string) => findIn(sampleConfig({ peer: line }));
/** What is found in a config whose last section begins on line 10. */

describe("the WireGuard half", () => {
  test("the WireGuard half needs keys of 32 bytes in base64", () => {
    const text = sampleConfig({ peer: "PreSharedKey = x" });
    expect(findIn(text.replace(KEYS.privateKey, KEYS.privateKey.slice(1)).replace(KEYS.publicKey, ""))).toEqual([
      "error 2: PrivateKey is not a WireGuard key: base64 of 32 bytes",
      "error 7: PublicKey is not a WireGuard key: base64 of 32 bytes",
      "error 9: PreSharedKey is not a WireGuard key: base64 of 32 bytes",
    ]);
    expect(findIn(sampleConfig().replace(/^P.*Key = .*$/gm, ""))).toEqual([
      "error 1: PrivateKey is missing in this section",
      "error 6: PublicKey is missing in this section",
    ]);
  });

  test("the WireGuard half needs one [Interface] and at least one [Peer]", () => {
    expect(findIn("[Socks5]\nBindAddress = 127.0.0.1:25344")).toEqual([
      "error 1: the section [Interface] is missing",
      "error 1: the section [Peer] is missing: wireproxy needs at least one",
    ]);
    const second = `[Interface]\nPrivateKey = ${KEYS.privateKey}\nDNS = 10.0.0.1\n`;
    expect(findIn(`${sampleConfig()}${second}`)).toEqual([
      "error 12: a second [Interface]: wireproxy takes one and only one",
    ]);
  });

  test("the WireGuard half takes addresses with a prefix length and without, and nothing else", () => {
    for (const good of ["10.0.0.2", "10.0.0.2/24, fd00::1/64,", "fe80::1%eth0/64, 10.0.0.2"]) {
      expect(inInterface(`Address = ${good}`)).toEqual([]);
    }
    for (const bad of ["x", "10.0.0.1/33", "10.0.0.01", "10.0.0.1/08", "10.0.0.1 /24", "::/129", "10.0.0.1/"]) {
      expect(inInterface(`Address = ${bad}`)).toEqual([
        "error 5: Address holds something that is neither an IP address nor one with a prefix length",
      ]);
    }
  });

  test("the WireGuard half takes no search domain for DNS, and says that wg-quick would", () => {
    const { findings } = parse(sampleConfig({ interface: "DNS = 10.0.0.1, corp.example" }));
    expect(findings).toMatchObject([
      { severity: "error", line: 4, message: "DNS holds something that is not an IP address" },
    ]);
    expect(findings[0]?.hint).toContain("wg-quick");
  });

  test("the WireGuard half warns that names leave outside the tunnel without DNS", () => {
    const warning = "no DNS is set, so names are looked up outside the tunnel";
    expect(findIn(sampleConfig().replace(/^DNS.*$/m, ""))).toEqual([`warning 1: ${warning}`]);
    expect(inInterface("DNS =")).toEqual([`warning 4: ${warning}`]);
  });

  test("the WireGuard half takes numbers in Go's spellings and within their range", () => {
    for (const good of ["1420", "0x58c", "02000", "0o2000", "0b10000000000", "1_420", "+1420"]) {
      expect(inInterface(`MTU = ${good}`)).toEqual([]);
    }
    for (const bad of ["", "x", "14.20", "1__420", "_1420", "0x", "08", "1e3", "-5", "70000"]) {
      expect(inInterface(`MTU = ${bad}`)).toEqual(["error 5: MTU is not a whole number from 576 to 65535"]);
    }
    expect(inInterface("ListenPort = 65536")).toEqual(["error 5: ListenPort is not a whole number from 0 to 65535"]);
    expect(inPeer("PersistentKeepalive = off")).toEqual([
      "error 9: PersistentKeepalive is not a whole number from 0 to 65535",
    ]);
  });

  test("the WireGuard half takes CheckAliveInterval only with CheckAlive, and no interval of nothing", () => {
    const alone = "error 5: CheckAliveInterval is only valid when CheckAlive is set";
    expect(inInterface("CheckAliveInterval = 5")).toEqual([alone]);
    expect(inInterface("CheckAliveInterval = 5\nCheckAlive =")).toEqual([alone]);
    expect(inInterface("CheckAliveInterval = 5\nCheckAlive = 1.1.1.1")).toEqual([]);
    expect(inInterface("CheckAliveInterval = 0\nCheckAlive = 1.1.1.1")).toEqual([
      "error 5: CheckAliveInterval is not a whole number from 1 to 86400",
    ]);
    expect(inInterface("CheckAlive = 1.1.1.1/32")).toEqual([
      "error 5: CheckAlive holds something that is not an IP address",
    ]);
  });

  test("the WireGuard half takes for AllowedIPs only networks", () => {
    expect(inPeer("AllowedIPs = 0.0.0.0/0, ::/0")).toEqual([]);
    expect(inPeer("AllowedIPs =")).toEqual([]);
    for (const bad of ["10.0.0.1", "fe80::%a/64", "all"]) {
      expect(inPeer(`AllowedIPs = ${bad}`)).toEqual([
        "error 9: AllowedIPs holds something that is not an IP address with a prefix length",
      ]);
    }
  });

  test("the WireGuard half takes for Endpoint a host and a port", () => {
    for (const good of ["192.0.2.1:51820", "[2001:db8::1]:51820", "VPN.example.net:51820"]) {
      expect(inPeer(`Endpoint = ${good}`)).toEqual([]);
    }
    const expected = {
      "192.0.2.1": "not host:port",
      "::1:5": "not host:port",
      "a:http": "not host:port",
      "a:99999": "not host:port",
      "": "not host:port",
      "a:0": "port 0",
      ":5": "has a host",
      "a b:5": "has a host",
    };
    for (const [bad, part] of Object.entries(expected)) {
      const [finding, ...others] = inPeer(`Endpoint = ${bad}`);
      expect(finding).toStartWith("error 8: Endpoint ");
      expect(finding).toContain(part);
      expect(others).toEqual([]);
    }
    expect(findIn(sampleConfig({ interface: "ListenPort = 51820" }).replace(/^Endpoint.*$/m, ""))).toEqual([
      "warning 6: Endpoint is missing in this section: the tunnel works only if the peer calls first",
    ]);
  });
});
