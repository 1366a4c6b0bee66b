import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Secret } from "../../../../src/platform/secret.ts";
import { fingerprintOf } from "../../../../src/tunnels/wireproxy/config/wireguard-sections.ts";
import { generateKeys } from "../../../rig/keys.ts";
import { findIn, KEYS, parse, sampleConfig } from "./sample-config.ts";

const FINGERPRINT = createHash("sha256").update(Buffer.from(KEYS.privateKey, "base64")).digest("hex");

describe("a config", () => {
  test("a config becomes ways in and a way out, in which no secret is printed", () => {
    const other = generateKeys();
    const text = sampleConfig({
      interface: "Address = 10.0.0.2/32, fd00::2\nMTU = 0x514\nListenPort = 51821\nCheckAlive = 10.0.0.1\n",
      peer: `PreSharedKey = ${other.privateKey}\nPersistentKeepalive = 25\nAllowedIPs = 0.0.0.0/0, ::/0\n`,
      rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = somebody\nPassword = `p#ss;word`\n",
    });
    const config = parse(text);
    expect(config).toEqual({
      listeners: [
        {
          kind: "socks5",
          host: "127.0.0.1",
          port: 25_344,
          line: 18,
          protected: true,
          credentials: expect.any(Secret),
          transport: "tcp",
        },
      ],
      listensHere: true,
      peers: [{ host: "192.0.2.1", port: 51_820 }],
      wayOut: { privateKey: expect.any(Secret), listenPort: 51_821, isCalled: false },
      findings: [],
    });
    expect(config.wayOut?.privateKey.reveal().toBase64()).toBe(KEYS.privateKey);
    expect(config.listeners[0]?.credentials.reveal()).toEqual({ username: "somebody", password: "p#ss;word" });
    const shown = JSON.stringify(config) + Bun.inspect(config, { depth: 9 });
    for (const secret of [KEYS.privateKey, other.privateKey, "somebody", "p#ss;word"]) {
      expect(shown).not.toContain(secret);
    }
  });

  test("a config is read whatever the letter case of its names", () => {
    const text = sampleConfig({ rest: "[SOCKS5]\nbindaddress: 127.0.0.1:25344" });
    expect(parse(text.replace("[Interface]", "[INTERFACE]").replace("PublicKey", "publickey")).findings).toEqual([]);
  });

  test("a config lists its ways in by kind and transport", () => {
    const rest = `[Socks5]
BindAddress = 127.0.0.1:25344
[http]
BindAddress = [::1]:8080
Password = secret
[SNI]
BindAddress = 127.0.0.1:443
[TCPClientTunnel]
BindAddress = 127.0.0.1:5432
Target = db.internal:5432
[UDPProxyTunnel]
BindAddress = 127.0.0.1:5353
Target = 10.0.0.1:53
[TCPServerTunnel]
ListenPort = 80
Target = :8080
`;
    const { listeners } = parse(sampleConfig({ rest }));
    expect(listeners).toMatchObject([
      { kind: "socks5", host: "127.0.0.1", port: 25_344, transport: "tcp", protected: false },
      { kind: "http", host: "::1", port: 8080, transport: "tcp", protected: true },
      { kind: "sni", port: 443, transport: "tcp" },
      { kind: "tcp-client", port: 5432, transport: "tcp" },
      { kind: "udp", port: 5353, transport: "udp" },
    ]);
  });

  test("a config takes a BindAddress without host for every address of the machine", () => {
    const text = sampleConfig({ rest: "[Socks5]\nBindAddress = :25344\nUsername = a\nPassword = b" });
    expect(parse(text).listeners).toMatchObject([{ host: "0.0.0.0", port: 25_344, protected: true }]);
  });

  test("a config has the same fingerprint however its private key is written", () => {
    const text = sampleConfig().replace(KEYS.privateKey, `\`${KEYS.privateKey}\``);
    expect(fingerprintIn(parse(text))).toBe(FINGERPRINT);
    expect(parse(sampleConfig().replace(KEYS.privateKey, "nonsense")).wayOut).toBeUndefined();
  });

  test("a config can be read for what is sound in it, errors or not", () => {
    const { listeners, wayOut, findings } = parse(
      "[Socks5]\nBindAddress = 127.0.0.1:25344\n[Socks5]\nBindAddress = nowhere\n",
    );
    expect(listeners).toMatchObject([{ port: 25_344 }]);
    expect(wayOut).toBeUndefined();
    expect(findings.some((finding) => finding.severity === "error")).toBe(true);
  });
});

describe("the environment", () => {
  const environment = { KEY: KEYS.privateKey, BIND: "127.0.0.1:25344", DOLLAR: "$BIND", EMPTY: "", PORT: "51820" };

  test("the environment is looked up for a text that begins with $, once", () => {
    const text = sampleConfig({ rest: "[Socks5]\nBindAddress = $BIND" }).replace(KEYS.privateKey, "$KEY");
    const config = parse(text, { environment });
    expect(config.findings).toEqual([]);
    expect(config.listeners).toMatchObject([{ host: "127.0.0.1", port: 25_344 }]);
    expect(fingerprintIn(config)).toBe(FINGERPRINT);
    expect(findIn(sampleConfig({ rest: "[Socks5]\nBindAddress = $DOLLAR" }), { environment })[0]).toMatch(
      /^error 11: BindAddress is not host:port/,
    );
  });

  test("the environment is not looked up for $$, which stands for one dollar", () => {
    const rest = "[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = $$a\nPassword = $$";
    expect(parse(sampleConfig({ rest })).listeners).toMatchObject([{ protected: true }]);
  });

  test("the environment is not looked up for numbers, Endpoint, PreSharedKey and WGConfig", () => {
    const text = sampleConfig({
      top: "WGConfig = $KEY",
      interface: "ListenPort = $PORT",
      peer: "Endpoint = $BIND\nPreSharedKey = $KEY",
    });
    expect(findIn(text, { environment })[0]).toBe(
      "error 1: WGConfig begins with $, but is not looked up in the environment",
    );
    expect(findIn(text.replace("WGConfig", "# "), { environment })).toEqual([
      "error 6: ListenPort begins with $, but is not looked up in the environment",
      "error 9: Endpoint begins with $, but is not looked up in the environment",
      "error 10: PreSharedKey begins with $, but is not looked up in the environment",
    ]);
  });

  test("the environment that lacks a variable is an error, and worse where a protection hangs on it", () => {
    expect(findIn(sampleConfig({ interface: "Address = $NOWHERE" }))).toEqual([
      "error 5: Address names an environment variable that is not set",
    ]);
    for (const key of ["Username", "Password", "CertFile", "KeyFile"]) {
      const found = findIn(sampleConfig({ rest: `[http]\nBindAddress = 127.0.0.1:80\n${key} = $NOWHERE` }));
      expect(found).toContain(
        `error 12: ${key} names an environment variable that is not set; authentication or encryption would be off`,
      );
    }
  });

  test("the environment may not give an empty Username, which switches authentication off too", () => {
    const rest = "[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = $EMPTY\nPassword = b";
    expect(findIn(sampleConfig({ rest }), { environment })[0]).toMatch(/^error 12: Username names .* would be off/);
  });

  test("the environment has no variables but its own", () => {
    expect(findIn(sampleConfig({ interface: "Address = $constructor" }))[0]).toMatch(/^error 5: Address names/);
  });
});

describe("WGConfig", () => {
  const wireguard = sampleConfig({ rest: "" });
  const rest = "[Socks5]\nBindAddress = 127.0.0.1:25344\n";
  const readFile = (path: string) => {
    return path === "/confs/wg.conf" || path === "/etc/wg/own.conf" ? wireguard : undefined;
  };

  test("WGConfig gives the WireGuard half from a file beside this one, or from an absolute path", () => {
    for (const path of ["wg.conf", "/etc/wg/own.conf"]) {
      const config = parse(`WGConfig = ${path}\n${rest}`, { readFile });
      expect(config.findings).toEqual([]);
      expect(config.peers).toEqual([{ host: "192.0.2.1", port: 51_820 }]);
      expect(fingerprintIn(config)).toBe(FINGERPRINT);
      expect(config.listeners).toMatchObject([{ line: 3 }]);
    }
  });

  test("WGConfig that is missing, relative or empty is the only error", () => {
    expect(findIn(`WGConfig = none.conf\n${rest}`, { readFile })).toEqual([
      "error 1: WGConfig names a file that cannot be read",
    ]);
    expect(findIn(`WGConfig = ./wg.conf\n${rest}`, { readFile })).toEqual([
      "error 1: WGConfig is relative to wherever the daemon was started",
    ]);
    expect(findIn(`WGConfig =\n${rest}`, { readFile })).toEqual(["error 1: WGConfig is empty"]);
  });

  test("WGConfig makes the sections of either file that do not count known", () => {
    const second = `${wireguard}\n[Socks5]\nBindAddress = 127.0.0.1:1`;
    const { findings } = parse(`WGConfig = wg.conf\n${rest}[Peer]\n`, { readFile: () => second });
    expect(findings).toMatchObject([
      { file: "/confs/us-east.conf", line: 4, severity: "warning" },
      { file: "/confs/wg.conf", line: 12, severity: "warning" },
    ]);
  });

  test("WGConfig puts a fault of the second file at its place there", () => {
    const broken = wireguard.replace(KEYS.publicKey, "nonsense");
    expect(parse(`WGConfig = wg.conf\n${rest}`, { readFile: () => broken }).findings).toMatchObject([
      { file: "/confs/wg.conf", line: 7, severity: "error" },
    ]);
    expect(() => parse(`WGConfig = wg.conf\n${rest}`, { readFile: () => "nonsense" })).toThrow("wg.conf:1: neither");
  });
});

function fingerprintIn({ wayOut }: ReturnType<typeof parse>): string | undefined {
  return wayOut && fingerprintOf(wayOut);
}
