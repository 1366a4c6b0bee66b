import { describe, expect, test } from "bun:test";
import { findIn, parse, sampleConfig } from "./sample-config.ts";

/** What is found in a config whose line 5 is `line`, in [Interface]. */
/** What is found in a config whose line 9 is `line`, in [Peer]. */
/** What is found in a config whose last section begins on line 10. */
const inRest = (rest: string) => findIn(sampleConfig({ rest }));

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
