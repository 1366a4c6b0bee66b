import { describe, expect, test } from "bun:test";
import { Failure } from "../../../../src/platform/failure.ts";
import { isLoopback } from "../../../../src/tunnels/config/check.ts";
import { assertStartable, describeFinding } from "../../../../src/tunnels/config/finding.ts";
import { findIn, KEYS, parse, sampleConfig } from "./sample-config.ts";

/** What is found in a config whose line 5 is `line`, in [Interface]. */
const inInterface = (line: string) => findIn(sampleConfig({ interface: line }));
/** What is found in a config whose line 9 is `line`, in [Peer]. */
const inPeer = (line: string) => findIn(sampleConfig({ peer: line }));
/** What is found in a config whose last section begins on line 10. */
const inRest = (rest: string) => findIn(sampleConfig({ rest }));

test("a config without a fault has no findings", () => {
  expect(findIn(sampleConfig())).toEqual([]);
});

describe("the WireGuard half", () => {
  test("the WireGuard half needs keys of 32 bytes in base64", () => {
    const text = sampleConfig({ peer: "PreSharedKey = x" });
    expect(findIn(text.replace(KEYS.privateKey, KEYS.privateKey.slice(1)).replace(KEYS.publicKey, ""))).toEqual([
      "error 3: PrivateKey is not a WireGuard key: base64 of 32 bytes",
      "error 7: PublicKey is not a WireGuard key: base64 of 32 bytes",
      "error 9: PreSharedKey is not a WireGuard key: base64 of 32 bytes",
    ]);
    expect(findIn(sampleConfig().replace(/^P.*Key = .*$/gm, ""))).toEqual([
      "error 2: PrivateKey is missing in this section",
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
    for (const good of ["10.0.0.1", "10.0.0.1/24, fd00::1/64,", "", "fe80::1%eth0/64"]) {
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
    expect(findIn(sampleConfig().replace(/^DNS.*$/m, ""))).toEqual([`warning 2: ${warning}`]);
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
    expect(findIn(sampleConfig().replace(/^Endpoint.*$/m, ""))).toEqual([
      "warning 6: Endpoint is missing in this section: the tunnel works only if the peer calls first",
    ]);
  });
});

describe("what wireproxy would pass over", () => {
  test("a repeated key is an error where the lost value differs, a warning where it does not", () => {
    expect(inPeer("AllowedIPs = 10.0.0.0/8\nAllowedIPs = ::/0\nallowedips = 10.0.0.0/8")).toEqual([
      "error 10: AllowedIPs was already given on line 9, and only that one counts",
      "warning 11: AllowedIPs was already given on line 9, and only that one counts",
    ]);
  });

  test("an unknown key or section names the nearest known one", () => {
    const { findings } = parse(
      sampleConfig({ rest: "[Sock5]\nx = 1\n[Socks5]\nBindAddress = 127.0.0.1:25344\nPasword = x" }),
    );
    expect(findings).toMatchObject([
      { severity: "warning", line: 10, hint: "did you mean [Socks5]?" },
      { severity: "warning", line: 14, hint: "did you mean Password?" },
    ]);
  });

  test("a private key pasted without its name is not repeated", () => {
    const { findings } = parse(sampleConfig({ interface: KEYS.privateKey }));
    expect(findings).toMatchObject([{ severity: "warning", line: 5 }]);
    expect(JSON.stringify(findings)).not.toContain(KEYS.privateKey.slice(0, 8));
  });

  test("the keys of wg-quick are named, and may be repeated", () => {
    expect(inInterface("PostUp = a\npostup = b\nSaveConfig = true\nTable = off")).toEqual([
      "warning 5: wireproxy ignores PostUp: only wg-quick acts on it",
      "warning 6: wireproxy ignores PostUp: only wg-quick acts on it",
      "warning 7: wireproxy ignores SaveConfig: only wg-quick acts on it",
      "warning 8: wireproxy ignores Table: only wg-quick acts on it",
    ]);
  });

  test("thousands of unknown lines cost neither thousands of findings nor the errors after them", () => {
    const text = sampleConfig({ interface: `${"a = 1\n".repeat(50_000)}MTU = x` });
    const found = findIn(text);
    expect(found.length).toBeLessThan(500);
    expect(found.at(-1)).toMatch(/^error \d+: MTU/);
  });
});

describe("the ways in", () => {
  test("the ways into a tunnel must exist", () => {
    const { findings } = parse(sampleConfig({ rest: "" }));
    expect(findings).toMatchObject([
      { severity: "error", message: "no section listens: there is no way into this tunnel" },
    ]);
  });

  test("the ways into a tunnel do not exist where their heading is commented out", () => {
    const { findings } = parse(sampleConfig({ rest: "#[Socks5]\n#BindAddress = 127.0.0.1:25344" }));
    expect(findings).toMatchObject([{ severity: "error", line: 10 }]);
    expect(findings[0]?.hint).toContain("commented out on line 10");
  });

  test("the ways into a tunnel need no SOCKS5, but Argus does", () => {
    const [finding, ...others] = inRest("[http]\nBindAddress = 127.0.0.1:8080");
    expect(finding).toMatch(/^warning 1: no section \[Socks5\]/);
    expect(others).toEqual([]);
    expect(inRest("[Socks5]\nBindAddress = 127.0.0.1:1080")).toEqual([
      "warning 11: no [Socks5] listens on port 25344, which Argus dials",
    ]);
    expect(inRest("[Socks5]\nBindAddress = 127.0.0.1:1080\n[Socks5]\nBindAddress = 127.0.0.1:25344")).toEqual([]);
  });

  test("the ways into a tunnel need an address that wireproxy does not panic at", () => {
    for (const section of ["Socks5", "http", "SNI", "TCPClientTunnel", "UDPProxyTunnel"]) {
      expect(inRest(`[${section}]\nTarget = a:1`)).toContain("error 10: BindAddress is missing in this section");
      for (const bad of ["", "x", "127.0.0.1", "::1:5", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:0", "a b:1"]) {
        const found = inRest(`[${section}]\nBindAddress = ${bad}\nTarget = a:1`);
        expect(found.some((finding) => finding.startsWith("error 11: BindAddress "))).toBe(true);
      }
    }
  });

  test("the ways into a tunnel need a target where they forward to one", () => {
    const missing = "error 10: Target is missing in this section";
    expect(inRest("[TCPClientTunnel]\nBindAddress = 127.0.0.1:1")).toContain(missing);
    expect(inRest("[UDPProxyTunnel]\nBindAddress = 127.0.0.1:1")).toContain(missing);
    expect(inRest("[TCPServerTunnel]\nListenPort = 80")).toContain(missing);
    expect(inRest("[STDIOTunnel]")).toContain(missing);
    expect(inRest("[TCPServerTunnel]\nTarget = a:1")).toContain("error 10: ListenPort is missing in this section");
  });

  test("the ways into a tunnel must not collide with each other", () => {
    const two = (one: string, other: string) =>
      inRest(`[Socks5]\nBindAddress = ${one}\nUsername=a\nPassword=b\n[http]\nBindAddress = ${other}\nPassword=b`);
    const collision = "error 15: this address collides with the one on line 11";
    for (const other of ["127.0.0.1:25344", "localhost:25344", ":25344", "0.0.0.0:25344", "[::]:25344"]) {
      expect(two("127.0.0.1:25344", other)).toContain(collision);
      expect(two(other, "127.0.0.1:25344")).toContain(collision);
    }
    expect(two("[::1]:25344", "[0:0:0:0:0:0:0:1]:25344")).toContain(collision);
    for (const other of ["127.0.0.2:25344", "[::1]:25344", "127.0.0.1:25345"]) {
      expect(two("127.0.0.1:25344", other).filter((finding) => finding.includes("collides"))).toEqual([]);
    }
    const udp = "[UDPProxyTunnel]\nBindAddress = 127.0.0.1:25344\nTarget = a:1";
    expect(inRest(`[Socks5]\nBindAddress = 127.0.0.1:25344\n${udp}`)).toEqual([]);
  });

  test("the ways into a tunnel must not be open to the network without a password", () => {
    const open = "error 11: this listener is open to the network without a password";
    for (const host of ["0.0.0.0", "", "[::]", "192.168.1.2", "box.lan"]) {
      expect(inRest(`[Socks5]\nBindAddress = ${host}:25344`)).toContain(open);
      expect(inRest(`[Socks5]\nBindAddress = ${host}:25344\nUsername = a`)).toContain(open);
      expect(inRest(`[Socks5]\nBindAddress = ${host}:25344\nPassword = a`)).toContain(open);
      expect(inRest(`[Socks5]\nBindAddress = ${host}:25344\nUsername = a\nPassword = b`)).toEqual([]);
    }
    expect(inRest("[http]\nBindAddress = 0.0.0.0:80")).toContain(open);
    expect(inRest("[SNI]\nBindAddress = 0.0.0.0:443")).toContain(open);
  });

  test("the ways into a tunnel do not protect by halves", () => {
    const socks = "[Socks5]\nBindAddress = 127.0.0.1:25344";
    expect(inRest(`${socks}\nUsername = a`)).toEqual(["warning 12: Username without Password protects nothing"]);
    expect(inRest(`${socks}\nPassword = a`)).toEqual([
      "warning 12: Password without Username: authentication stays off",
    ]);
  });

  test("the ways into a tunnel are named by address rather than by localhost", () => {
    expect(inRest("[Socks5]\nBindAddress = localhost:25344")).toEqual([
      "warning 11: wireproxy asks the name server for localhost, because its sandbox hides /etc/hosts",
    ]);
  });

  test("the ways into a tunnel serve TLS only with both files, and readable ones", () => {
    const http = "[Socks5]\nBindAddress = 127.0.0.1:25344\n[http]\nBindAddress = 127.0.0.1:80";
    const readFile = (path: string) => (path === "/cert" || path === "/key" ? "" : undefined);
    const found = (lines: string) => findIn(sampleConfig({ rest: `${http}\n${lines}` }), { readFile });
    expect(found("CertFile = /cert\nKeyFile = /key")).toEqual([]);
    expect(found("CertFile = /cert")).toEqual([
      "error 14: CertFile without KeyFile: wireproxy would serve without TLS",
    ]);
    expect(found("CertFile = /cert\nKeyFile = /none")).toEqual(["error 15: KeyFile names a file that cannot be read"]);
  });

  test("the ways into a tunnel do not work as [TCPClientTunnel] on Linux 6.7 and later", () => {
    const text = sampleConfig({ rest: "[TCPClientTunnel]\nBindAddress = 127.0.0.1:1\nTarget = a:1" });
    const warned = (linuxRelease: string | undefined) =>
      findIn(text, { linuxRelease }).some((finding) => finding.includes("[TCPClientTunnel] cannot open its port"));
    expect(["6.7.0", "6.18.44-generic", "7.0"].map(warned)).toEqual([true, true, true]);
    expect(["6.6.99", "5.15.0", undefined, "odd"].map(warned)).toEqual([false, false, false, false]);
  });
});

describe("the rest", () => {
  const socks = "[Socks5]\nBindAddress = 127.0.0.1:25344";

  test("[Resolve] needs a strategy in lower case, and only the first counts", () => {
    for (const good of ["auto", "ipv4", "ipv6"])
      expect(inRest(`${socks}\n[Resolve]\nResolveStrategy = ${good}`)).toEqual([]);
    for (const bad of ["IPv4", "x", ""]) {
      expect(inRest(`${socks}\n[Resolve]\nResolveStrategy = ${bad}`)).toEqual([
        "error 13: ResolveStrategy is not one of auto, ipv4 and ipv6, in lower case",
      ]);
    }
    expect(inRest(`${socks}\n[Resolve]\n[Resolve]`)).toEqual([
      "error 12: ResolveStrategy is missing in this section",
      "warning 13: only the first [Resolve] counts",
    ]);
  });

  test("a file that others may read is warned of", () => {
    expect(findIn(sampleConfig(), { mode: 0o600 })).toEqual([]);
    expect(findIn(sampleConfig(), { mode: 0o644 })).toEqual([
      "warning 1: other users of this machine may have access to the private key: mode 644",
    ]);
  });

  test.each([0o040, 0o020, 0o010, 0o004, 0o002, 0o001])("a file with the bit %o for others is warned of", (bit) => {
    expect(findIn(sampleConfig(), { mode: 0o600 | bit })).toEqual([
      `warning 1: other users of this machine may have access to the private key: mode ${(0o600 | bit).toString(8)}`,
    ]);
  });

  test.each([0o400, 0o600, 0o700])("a file of mode %o, which is its owner's alone, is fine", (mode) => {
    expect(findIn(sampleConfig(), { mode })).toEqual([]);
  });

  test("loopback is 127.0.0.0/8, ::1, its IPv4 kin and localhost", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "0::1", "::ffff:127.0.0.1", "LOCALHOST"].map(isLoopback)).not.toContain(
      false,
    );
    expect(
      ["0.0.0.0", "::", "128.0.0.1", "::2", "::ffff:10.0.0.1", "127.example.net", ""].map(isLoopback),
    ).not.toContain(true);
  });
});

describe("a start", () => {
  test("a start is refused for the first error, with its place, what to do, and how many more", () => {
    const { findings } = parse(sampleConfig({ interface: "MTU = x\nDNS = corp\nPostUp = y", rest: "" }));
    try {
      assertStartable(findings);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect(error).toMatchObject({
        code: "config-invalid",
        message: "us-east.conf:1: no section listens: there is no way into this tunnel (and 2 more)",
        hint: "add [Socks5] with BindAddress = 127.0.0.1:25344",
      });
    }
  });

  test("a start is not refused for warnings, which read in one line", () => {
    const { findings } = parse(sampleConfig({ interface: "Table = off" }));
    assertStartable(findings);
    expect(findings.map(describeFinding)).toEqual([
      "us-east.conf:5: wireproxy ignores Table: only wg-quick acts on it (remove the line)",
    ]);
  });
});

test("an IPv6 address that the runtime's URL parser refuses is a BindAddress all the same", () => {
  const rest = "[Socks5]\nBindAddress = [0:1:ab:0::1.2.3.4]:25344\nUsername = a\nPassword = b";
  const { findings } = parse(sampleConfig({ rest }));
  expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
});
