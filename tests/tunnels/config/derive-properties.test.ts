import { expect, test } from "bun:test";
import { Failure } from "../../../src/platform/failure.ts";
import { deriveConfig } from "../../../src/tunnels/config/derive.ts";
import { parseIni } from "../../../src/tunnels/config/dialect/ini.ts";
import type { Listener } from "../../../src/tunnels/config/listeners.ts";
import type { TunnelConfig } from "../../../src/tunnels/config/tunnel-config.ts";
import { parseWireproxyConfig } from "../../../src/tunnels/wireproxy/config/config.ts";
import { fingerprintOf, type WireguardSettings } from "../../../src/tunnels/wireproxy/config/wireguard-sections.ts";
import { fc } from "../../rig/properties.ts";
import { KEYS } from "../wireproxy/config/sample-config.ts";

type ParsedConfig = TunnelConfig<WireguardSettings>;

const FILE = "/confs/own.conf";
const CARRIER_FILE = "/other/carrier.conf";
const DERIVED_FILE = "/derived/own.conf";

/** How one value may be written; a comment may only follow where none would be part of the value. */
const writings = fc.constantFrom<(value: string) => string>(
  (value) => value,
  (value) => `${value} # a \`comment\``,
  (value) => `${value};`,
  (value) => `"${value}"`,
  (value) => `'${value}' ; x`,
  (value) => `\`${value}\` dropped`,
  (value) => `"""${value}"""`,
  (value) => `${value.slice(0, 3)}\\\n  ${value.slice(3)}`,
  (value) => `${value}\\\n`,
);
const spellings = fc.constantFrom<(name: string) => string>(
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.toLowerCase(),
);
const separators = fc.constantFrom(" = ", "=", ": ", "\t=\t");
const betweens = fc.constantFrom("", "\n", "# Key = value\n", "  ; [Socks5]\n", "Odd = 1\n");

function keyLine(name: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(betweens, spellings, separators, values, writings, fc.boolean())
    .map(([between, spell, separator, value, write, repeated]) => {
      const line = `${spell(name)}${separator}${write(value)}\n`;
      return between + line + (repeated ? line : "");
    });
}

function section(name: string, ...keys: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  const heading = fc.tuple(betweens, spellings).map(([between, spell]) => `${between}[${spell(name)}]\n`);
  return fc.tuple(heading, ...keys).map((lines) => lines.join(""));
}

const perhaps = (key: fc.Arbitrary<string>) => fc.oneof(fc.constant(""), key);
/** Not Argus' own, 25344: a config whose listener leaves it is told so, which is a finding more. */
const port = fc.integer({ min: 26_000, max: 29_999 }).map(String);
const address = fc.oneof(
  port.map((number) => `127.0.0.1:${number}`),
  port.map((number) => `[::1]:${number}`),
  fc.constantFrom("$WHERE", "localhost:1234", "not an address", "%(Where)s"),
);
const where = perhaps(keyLine("Where", fc.constant("127.0.0.9:999")));
const text = fc.constantFrom("u", "$SECRET", "$UNSET", "%(BindAddress)s", "%(Where)s", "%(Nobody)s");
const credentials = [perhaps(keyLine("Username", text)), perhaps(keyLine("Password", text))];

const wireguardSections = fc.oneof(
  section(
    "Interface",
    keyLine("PrivateKey", fc.constant(KEYS.privateKey)),
    perhaps(keyLine("DNS", fc.constantFrom("10.0.0.1", "%(Where)s"))),
    perhaps(keyLine("MTU", fc.constantFrom("1280", "x"))),
  ),
  section(
    "Peer",
    keyLine("PublicKey", fc.constant(KEYS.publicKey)),
    perhaps(keyLine("Endpoint", fc.constant("192.0.2.1:51820"))),
  ),
  section("Resolve", perhaps(keyLine("ResolveStrategy", fc.constantFrom("ipv4", "ipv6")))),
);
const listenerSections = fc.oneof(
  section("Socks5", keyLine("BindAddress", address), ...credentials, where),
  section("http", ...credentials, keyLine("BindAddress", address), perhaps(keyLine("CertFile", fc.constant("a.pem")))),
  section("SNI", keyLine("BindAddress", address)),
  section("UDPProxyTunnel", keyLine("BindAddress", address), keyLine("Target", address)),
  section("TCPServerTunnel", keyLine("ListenPort", port), keyLine("Target", address)),
  section("Unheard", where),
);
const top = fc
  .tuple(perhaps(keyLine("WGConfig", fc.constantFrom("wg.conf", "/confs/wg.conf", "a/wg.conf"))), where)
  .map((keys) => keys.join(""));
const configs = fc
  .tuple(
    fc.constantFrom("", "\uFEFF"),
    top,
    fc.array(fc.oneof(wireguardSections, listenerSections), { maxLength: 7 }),
    fc.constantFrom("\n", "\r\n"),
    fc.boolean(),
  )
  .map(([mark, first, sections, newline, isCut]) => {
    const whole = mark + [first, ...sections].join("").replaceAll("\n", newline);
    return isCut ? whole.trimEnd() : whole;
  });

function parse(config: string, file: string): ParsedConfig {
  return parseWireproxyConfig(config, {
    file,
    environment: { WHERE: "127.0.0.1:4321", SECRET: "s" },
    readFile: (path) => {
      if (path === "a.pem") return "";
      const host = { "/confs/wg.conf": "192.0.2.2", "/other/wg.conf": "192.0.2.3" }[path];
      if (host === undefined) return undefined;
      const peer = `[Peer]\nPublicKey=${KEYS.publicKey}\nEndpoint=${host}:51820\n`;
      return `[Interface]\nPrivateKey=${KEYS.privateKey}\n${peer}`;
    },
  });
}

/** Of each finding what does not depend on where the config, or the line that it refers to, stands. */
function findingsOf({ findings }: ParsedConfig, withLines: boolean): readonly string[] {
  return findings.map(
    ({ severity, message, line }) => `${severity} ${withLines ? line : ""}: ${message.replace(/line \d+/, "")}`,
  );
}

function withoutLine({ line: _, ...listener }: Listener) {
  return reveal(listener);
}

function reveal<Open extends Pick<Listener, "credentials">>(listener: Open) {
  return { ...listener, credentials: listener.credentials.reveal() };
}

function valuesOf(config: Omit<ParsedConfig, "findings">) {
  return { ...wayOutOf(config), listeners: config.listeners.map(reveal) };
}

function wayOutOf({ wayOut, peers }: Pick<ParsedConfig, "wayOut" | "peers">) {
  return { key: wayOut && fingerprintOf(wayOut), peers };
}

test("with no change a config reads the same from another folder, line by line", () => {
  fc.assert(
    fc.property(configs, (own) => {
      const derived = deriveConfig(own, { file: FILE });
      const [before, after] = [parse(own, FILE), parse(derived, DERIVED_FILE)];
      expect(valuesOf(after)).toEqual(valuesOf(before));
      expect(findingsOf(after, true)).toEqual(findingsOf(before, true));
      if (!/wgconfig/i.test(own)) expect(derived).toBe(own);
    }),
    { numRuns: 500 },
  );
});

test("listeners that move change nothing else, and add no finding", () => {
  let moves = 0;
  fc.assert(
    fc.property(configs, fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), (own, choices) => {
      const before = parse(own, FILE);
      const moving = before.listeners.filter((_, index) => choices[index]);
      moves += moving.length;
      const moveListeners = new Map(moving.map(({ line }, index) => [line, `127.0.0.1:${30_001 + index}`]));
      const derived = deriveConfig(own, { file: FILE, moveListeners });
      const after = parse(derived, DERIVED_FILE);
      const listeners = before.listeners.map((listener) => {
        const moved = moving.indexOf(listener);
        return moved === -1 ? listener : { ...listener, host: "127.0.0.1", port: 30_001 + moved };
      });
      expect(valuesOf(after)).toEqual(valuesOf({ ...before, listeners }));
      expect(findingsOf(before, true)).toEqual(expect.arrayContaining([...findingsOf(after, true)]));
    }),
    { numRuns: 500 },
  );
  expect(moves).toBeGreaterThan(100);
});

test("a carrier gives its WireGuard half, the original its listeners, and neither a new finding", () => {
  let carried = 0;
  fc.assert(
    fc.property(configs, configs, (own, carrier) => {
      const derived = putOnCarrier(own, carrier);
      if (derived === undefined) return;
      carried += 1;
      const [above, below, after] = [parse(own, FILE), parse(carrier, CARRIER_FILE), parse(derived, DERIVED_FILE)];
      expect(wayOutOf(after)).toEqual(wayOutOf(below));
      expect(after.listeners.map(withoutLine)).toEqual(above.listeners.map(withoutLine));
      const known = [...findingsOf(above, false), ...findingsOf(below, false)];
      expect(known).toEqual(expect.arrayContaining([...findingsOf(after, false)]));
    }),
    { numRuns: 500 },
  );
  expect(carried).toBeGreaterThan(300);
});

test("one more [Socks5] is protected as the first one is, and changes nothing else", () => {
  fc.assert(
    fc.property(configs, (own) => {
      const before = parse(own, FILE);
      const after = parse(deriveConfig(own, { file: FILE, addSocks5: "127.0.0.1:30001" }), DERIVED_FILE);
      const added = after.listeners.at(-1);
      expect(added).toMatchObject({ kind: "socks5", host: "127.0.0.1", port: 30_001 });
      expect(after.listeners.slice(0, -1)).toEqual([...before.listeners]);
      expect(wayOutOf(after)).toEqual(wayOutOf(before));
      const sections = parseIni(own, FILE);
      const index = sections.findIndex(({ name }) => name.toLowerCase() === "socks5");
      const [from, to] = [sections[index]?.line, sections[index + 1]?.line ?? Number.POSITIVE_INFINITY];
      const first = before.listeners.find(({ line }) => from !== undefined && line > from && line < to);
      if (from === undefined || first !== undefined) expect(added?.protected).toBe(first?.protected ?? false);
    }),
    { numRuns: 500 },
  );
});

/** Undefined where the listeners ask for something that only the carrier's top would answer: that is refused. */
function putOnCarrier(own: string, carrier: string): string | undefined {
  try {
    return deriveConfig(own, { file: FILE, carrier: { file: CARRIER_FILE, text: carrier } });
  } catch (error) {
    if (!(error instanceof Failure) || !error.message.includes("cannot be written")) throw error;
    expect(carrier).toMatch(/where/i);
    return undefined;
  }
}
