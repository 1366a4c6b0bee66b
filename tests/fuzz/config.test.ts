import { expect, test } from "bun:test";
import { describeError, Failure } from "../../src/platform/failure.ts";
import { parseIni } from "../../src/tunnels/config/dialect/ini.ts";
import { describeFinding } from "../../src/tunnels/config/finding.ts";
import { normalizeConfigName } from "../../src/tunnels/config/store/names.ts";
import { parseWireproxyConfig } from "../../src/tunnels/wireproxy/config/config.ts";
import { fc } from "../rig/properties.ts";

/** Shapes of a config; the rest of a text comes from anywhere. */
const pieces = fc.constantFrom(
  ..."[Interface] [Peer] [Socks5] [http] [Resolve] [ ] PrivateKey PublicKey PreSharedKey Address DNS MTU Endpoint".split(
    " ",
  ),
  ..."AllowedIPs BindAddress Username Password CertFile WGConfig Target 127.0.0.1:25344 10.0.0.1/8 :1 %( )s $ $$ $A".split(
    " ",
  ),
  ...[
    "=",
    " = ",
    ":",
    "\n",
    "\r\n",
    "\\",
    "\\\n",
    "`",
    '"',
    '"""',
    "'",
    "#",
    ";",
    " ",
    "\ufeff",
    "\u0085",
    "%(PrivateKey)s",
    "%(a)s",
  ],
);
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const words = fc.stringMatching(/^[a-zA-Z0-9]{12,20}$/);

function textWith(secret: string): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { arbitrary: pieces, weight: 8 },
    { arbitrary: fc.constant(secret), weight: 1 },
    { arbitrary: fc.string({ unit: "binary", maxLength: 6 }), weight: 1 },
  );
  return fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(""));
}

/** What a user, a log or a client could be shown of a text: all but hosts and public keys, which are no secrets. */
function shownOf(text: string): string {
  try {
    const { findings, wayOut } = parseWireproxyConfig(text, {
      file: "/confs/a.conf",
      environment: { A: "x" },
      readFile: () => undefined,
    });
    return [...findings.map(describeFinding), JSON.stringify(wayOut), Bun.inspect(wayOut)].join("\n");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe("config-invalid");
    expect(error.message).toMatch(/^a\.conf:\d+: /);
    return describeError(error);
  }
}

test("any text is read or refused, and never breaks the reader", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), textWith("x")), (text) => {
      shownOf(text);
    }),
    { numRuns: 3_000 },
  );
});

test("no key appears in an error or a finding, wherever it stands in the text", () => {
  const cases = fc
    .oneof(keys, words)
    .chain((secret) => fc.record({ secret: fc.constant(secret), text: textWith(secret) }));
  fc.assert(
    fc.property(cases, ({ secret, text }) => {
      expect(shownOf(text)).not.toContain(secret.slice(0, 10));
    }),
    { numRuns: 3_000 },
  );
});

const value = fc.oneof(
  words,
  fc.stringMatching(/^[!-~]([ -~]{0,18}[!-~])?$/).filter((text) => !/[`\\]|%\(/.test(text)),
);
const section = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9 ]{1,10}$/),
  keys: fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}$/), value }), {
    selector: (key) => key.name.toLowerCase(),
    maxLength: 5,
  }),
});

test("a file that was written with quotes and comments is read as it was meant", () => {
  const styles = fc.record({
    newline: fc.constantFrom("\n", "\r\n"),
    separator: fc.constantFrom("=", " = ", ":", " : "),
    comment: fc.constantFrom("", " # no", " ; x = 1"),
    mark: fc.constantFrom("", "\ufeff"),
  });
  fc.assert(
    fc.property(fc.array(section, { maxLength: 5 }), styles, (sections, { newline, separator, comment, mark }) => {
      const lines = sections.flatMap(({ name, keys: held }) => [
        `[${name}]${comment}`,
        ...held.map((key) => `${key.name}${separator}\`${key.value}\`${comment}`),
      ]);
      const read = parseIni(`${mark}${lines.join(newline)}`, "a.conf").slice(1);
      expect(
        read.map(({ name, keys: held }) => ({ name, keys: held.map((key) => ({ name: key.name, value: key.value })) })),
      ).toEqual(sections);
    }),
    { numRuns: 1_000 },
  );
});

const ports = fc.integer({ min: 1, max: 65_535 });
const model = fc.record({
  privateKey: keys,
  dns: fc.array(fc.ipV4(), { minLength: 1, maxLength: 3 }),
  mtu: fc.integer({ min: 576, max: 65_535 }),
  peers: fc.array(
    fc.record({
      publicKey: keys,
      host: fc.oneof(
        fc.ipV4().filter((ip) => Number.parseInt(ip, 10) % 224 > 0 && Number.parseInt(ip, 10) < 224),
        fc.domain(),
      ),
      port: ports,
      keepaliveSeconds: fc.integer({ min: 0, max: 65_535 }),
      allowedIps: fc.array(fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  socksPorts: fc.uniqueArray(ports, { minLength: 1, maxLength: 4 }),
});

test("a sound config comes back as it was meant, without an error", () => {
  fc.assert(
    fc.property(model, ({ privateKey, dns, mtu, peers, socksPorts }) => {
      const text = [
        `[Interface]\nPrivateKey = ${privateKey}\nAddress = 10.0.0.2/32, fd00::2/128\nDNS = ${dns.join(", ")}\nMTU = ${mtu}`,
        ...peers.map(
          (peer) =>
            `[Peer]\nPublicKey = ${peer.publicKey}\nEndpoint = ${peer.host}:${peer.port}\nPersistentKeepalive = ${peer.keepaliveSeconds}\nAllowedIPs = ${peer.allowedIps.join(",")}`,
        ),
        ...socksPorts.map((port) => `[Socks5]\nBindAddress = 127.0.0.1:${port}`),
      ].join("\n");
      const config = parseWireproxyConfig(text, { file: "/a.conf", environment: {}, readFile: () => "" });
      const { findings, listeners } = config;
      expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
      expect(config.wayOut?.privateKey.reveal().toBase64()).toBe(privateKey);
      expect(config.peers).toEqual(peers.map(({ host, port }) => ({ host: host.toLowerCase(), port })));
      expect(listeners.map(({ port }) => port)).toEqual(socksPorts);
    }),
    { numRuns: 500 },
  );
});

test("a name that is accepted stays one name within one folder, however often it is normalised", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string()), (text) => {
      const name = normalizeConfigName(text);
      if (name === undefined) return;
      expect(normalizeConfigName(name)).toBe(name);
      expect(name).toMatch(/^[^./\\][^/\\]*\.conf$/u);
    }),
    { numRuns: 3_000 },
  );
});
