import { describe, expect, test } from "bun:test";
import { Secret } from "../../../src/platform/secret.ts";
import { complaints, parseLink, sampleLink } from "./sample-link.ts";

test("the least LinkSocks config has a server, a token and a way in", () => {
  const { findings, listeners, listensHere, peers, wayOut } = parseLink(sampleLink());
  expect(findings).toEqual([]);
  expect(wayOut).toEqual({
    url: "wss://proxy.example.net",
    isProvider: false,
    threads: 1,
    fastOpen: false,
    destinations: { allow: [], deny: [], isConfined: true },
    certificateAuthority: undefined,
    heedsProxyVariables: true,
    secrets: expect.any(Secret),
  });
  const secrets = { token: "let-me-in", connectorToken: "", upstream: undefined, headers: {} };
  expect(wayOut?.secrets.reveal()).toEqual(secrets);
  expect(JSON.stringify(wayOut) + Bun.inspect(wayOut)).not.toContain("let-me-in");
  expect([listensHere, peers]).toEqual([true, [{ host: "proxy.example.net", port: 443 }]]);
  expect(listeners).toMatchObject([
    { kind: "socks5", transport: "tcp", host: "127.0.0.1", port: 25_344, line: 6, protected: false },
  ]);
  expect(listeners[0]?.credentials.reveal()).toEqual({ username: "", password: "" });
});

test("every key of a LinkSocks client is read, in any letter case, quoted or commented as the dialect has it", () => {
  const text = sampleLink({
    url: "proxy.example.net:8443/socket # behind a terminator",
    link: "threads = 3\nFASTOPEN = True\nHeader = X-Key: `a`\nHeader = `Cookie: a=1; b=2`\nheader = x-key: b\nCertificateAuthority = ca.pem\nNoEnvProxy = 1",
    rest: "[socks5]\nBindAddress = 127.0.0.1:25344\nUsername = me\nPassword = `pass # word`",
  });
  const { findings, listeners, peers, wayOut } = parseLink(text, { "/confs/ca.pem": "PEM" });
  expect(findings).toEqual([]);
  expect(wayOut).toMatchObject({
    url: "proxy.example.net:8443/socket",
    threads: 3,
    fastOpen: true,
    certificateAuthority: "/confs/ca.pem",
    heedsProxyVariables: false,
  });
  expect(wayOut?.secrets.reveal().headers).toEqual({ "X-Key": "`a`, b", Cookie: "a=1; b=2" });
  expect(peers).toEqual([{ host: "proxy.example.net", port: 8_443 }]);
  expect(listeners).toMatchObject([{ protected: true }]);
  expect(listeners[0]?.credentials.reveal()).toEqual({ username: "me", password: "pass # word" });
});

test("a provider has no way in, may register a connector, and dials through a proxy", () => {
  const link = "Reverse = true\nConnectorToken = theirs\nUpstreamProxy = socks5://me:p%40ss@[::1]";
  const { findings, listeners, listensHere, wayOut } = parseLink(sampleLink({ link, rest: "" }));
  expect([findings, listeners, listensHere]).toEqual([[], [], false]);
  expect(wayOut?.isProvider).toBe(true);
  expect(wayOut?.secrets.reveal()).toMatchObject({
    connectorToken: "theirs",
    upstream: { kind: "socks5", host: "::1", port: 1_080, username: "me", password: "p@ss" },
  });
});

describe("the token of a LinkSocks config", () => {
  test.each([
    ["TokenFile = token", "/confs/token"],
    ["TokenFile = ~/.secret/token", "/home/me/.secret/token"],
    ["TokenFile = /run/token", "/run/token"],
  ])("the token of a LinkSocks config comes from a file: %s", (link, path) => {
    expect(parseLink(sampleLink({ link }), { [path]: "\n from-a-file\n" }).wayOut?.secrets.reveal().token).toBe(
      "from-a-file",
    );
  });

  test("the token of a LinkSocks config comes from the environment", () => {
    expect(parseLink(sampleLink({ link: "Token = $TOKEN" })).wayOut?.secrets.reveal().token).toBe("from-outside");
  });

  test.each([
    ["Token = a\nTokenFile = token", "error:4: TokenFile beside Token: one of them counts (remove one)"],
    ["TokenFile = elsewhere", /^error:3: TokenFile names a file that cannot be read/],
    ["TokenFile = empty", /^error:3: TokenFile names a file that holds no token/],
    [`Token = ${"x".repeat(256)}`, /^error:3: Token is longer than 255 bytes/],
    ["Token = $MISSING", /^error:3: Token names an environment variable that is not set/],
    ["# no Token", /^warning:1: neither Token nor TokenFile is set/],
  ])("the token of a LinkSocks config: %s", (link, complaint) => {
    const files = { "/confs/token": "t", "/confs/empty": " \n" };
    expect(complaints(sampleLink({ link }), files)).toEqual([expect.stringMatching(complaint)]);
  });
});

test.each([
  ["without a server", "[LinkSocks]\nToken = t\n[Socks5]\nBindAddress = 127.0.0.1:25344", /^error:1: Url is missing/],
  ["another scheme", sampleLink({ url: "ftp://example.net" }), /^error:2: Url is not a URL of a LinkSocks server/],
  ["no way in", sampleLink({ rest: "" }), /^error:1: the section \[Socks5\] is missing/],
  [
    "an unknown key",
    sampleLink({ link: "Treads = 2" }),
    "error:4: there is no such key in [LinkSocks] (did you mean Threads?)",
  ],
  [
    "a token without its name",
    sampleLink({ link: "abcdefghijklmnopqrstuvwxyz = 1\nToken = t" }),
    /^error:3: there is no such key .*remove the line/,
  ],
  [
    "an unknown section",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\n[LinkSock]" }),
    "error:7: a LinkSocks config has no section of that name (did you mean [LinkSocks]?)",
  ],
  ["a key before the sections", `Token = t\n${sampleLink()}`, /^error:1: no key stands before the first section/],
  [
    "a section twice",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\n[Socks5]\nBindAddress = 127.0.0.1:1" }),
    /^error:7: a second \[Socks5\]/,
  ],
  ["a key twice", sampleLink({ link: "Token = a\nToken = b" }), /^error:4: Token was already given on line 3/],
  [
    "both kinds",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\n[Interface]\nPrivateKey = x" }),
    "error:7: [Interface] beside [LinkSocks]: a tunnel is carried by the one or by the other (make two configs of it)",
  ],
  [
    "a provider's key",
    sampleLink({ link: "UpstreamProxy = socks5://127.0.0.1" }),
    /^error:4: UpstreamProxy is a provider's alone/,
  ],
  [
    "an odd proxy",
    sampleLink({ link: "Reverse = true\nUpstreamProxy = ftp://h", rest: "" }),
    /^error:5: UpstreamProxy is not the URL of a SOCKS5 or HTTP proxy/,
  ],
  ["an odd switch", sampleLink({ link: "FastOpen = maybe" }), /^error:4: FastOpen is neither true nor false/],
  ["an odd number", sampleLink({ link: "Threads = 0" }), /^error:4: Threads is not a whole number from 1 to 100/],
  ["an odd header", sampleLink({ link: "Header = nothing" }), /^error:4: Header is not a header/],
  [
    "the WebSocket's own header",
    sampleLink({ link: "Header = Upgrade: h2c" }),
    /^error:4: Header is a header that the WebSocket sets itself/,
  ],
  [
    "a missing certificate",
    sampleLink({ link: "CertificateAuthority = ca.pem" }),
    /^error:4: CertificateAuthority names a file/,
  ],
  [
    "open to the network",
    sampleLink({ rest: "[Socks5]\nBindAddress = 0.0.0.0:25344" }),
    /^error:6: this listener is open to the network/,
  ],
  ["no TLS", sampleLink({ url: "ws://192.0.2.1:8765" }), /^warning:2: whoever is on the way/],
  [
    "another port than Argus'",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:1080" }),
    /^warning:6: no \[Socks5\] listens on port 25344/,
  ],
  [
    "another listener than [Socks5]",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\n[http]\nBindAddress = 127.0.0.1:8080" }),
    "error:7: a LinkSocks tunnel has no listener but [Socks5] (remove the section)",
  ],
  [
    "a user name that SOCKS5 cannot carry",
    sampleLink({ rest: `[Socks5]\nBindAddress = 127.0.0.1:25344\nUsername = ${"x".repeat(256)}` }),
    /^error:7: Username is longer than 255 bytes/,
  ],
  ["a listener of a provider", sampleLink({ link: "Reverse = true" }), /^warning:6: \[Socks5\] has no effect here/],
  [
    "half a password",
    sampleLink({ rest: "[Socks5]\nBindAddress = 127.0.0.1:25344\nPassword = x" }),
    /^warning:7: Password without Username/,
  ],
])("a LinkSocks config gets one finding: %s", (_, text, complaint) => {
  expect(complaints(text)).toEqual([typeof complaint === "string" ? complaint : expect.stringMatching(complaint)]);
});

test("a LinkSocks config that others can read is warned of", () => {
  expect(complaints(sampleLink(), {}, { mode: 0o644 })).toEqual([
    expect.stringMatching(/^warning:1: .* to the token: mode 644/),
  ]);
});

test("no finding of a LinkSocks config repeats a secret", () => {
  const secrets = ["hush1", "hush2", "hush3", "hush4"];
  const text = sampleLink({
    link: "Token = hush1\nToken = hush2\nConnectorToken = hush3\nHeader = hush4\nhush1 = hush2\nThreads = hush3",
  });
  const said = complaints(text, {}, { mode: 0o644 }).join("\n");
  expect(said.split("\n").length).toBeGreaterThan(4);
  for (const secret of secrets) expect(said).not.toContain(secret);
});
