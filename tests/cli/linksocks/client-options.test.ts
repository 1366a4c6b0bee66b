import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClientRole, readClientOptions } from "../../../src/cli/linksocks/client-options.ts";
import { CLIENT_FLAGS } from "../../../src/cli/linksocks/flags/client-flags.ts";
import { parseFlags } from "../../../src/cli/parse-flags.ts";
import type { Environment } from "../../../src/platform/environment.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

function read(words: string | readonly string[], environment: Environment = {}, role: ClientRole = "client") {
  const list = typeof words === "string" ? words.split(" ").filter(Boolean) : words;
  return readClientOptions(role, parseFlags(`linksocks ${role}`, CLIENT_FLAGS, list), { environment, processors: 4 });
}

test("a LinkSocks client has the defaults of LinkSocks", () => {
  expect(read("")).toEqual({
    options: {
      url: "ws://localhost:8765",
      token: "",
      role: "client",
      socks: { host: "127.0.0.1", port: 9_870, username: "", password: "" },
      socksWithoutWaiting: false,
      connectorToken: "",
      threads: 1,
      reconnects: true,
      retriesAuthentication: false,
      fastOpen: false,
      upstream: undefined,
      destinations: { allow: [], deny: [], isConfined: false },
      proxyEnvironment: {},
      headers: {},
      certificateAuthority: undefined,
      reconnectDelayMs: 1_000,
      longestReconnectDelayMs: 600_000,
    },
    verbosity: 0,
    warnings: [],
  });
});

test("every flag of a LinkSocks client is taken in its short form", () => {
  const line = "-t tok -u wss://h -s ::1 -p 0 -n me -w pw -i -R --retry-auth -dd -T 3 -f -E --ca ca.pem";
  const { options, verbosity, warnings } = read([...line.split(" "), "--header", "X-Key: a: b "]);
  expect(options).toEqual({
    url: "wss://h",
    token: "tok",
    role: "client",
    socks: { host: "::1", port: 0, username: "me", password: "pw" },
    socksWithoutWaiting: true,
    connectorToken: "",
    threads: 3,
    reconnects: false,
    retriesAuthentication: true,
    fastOpen: true,
    upstream: undefined,
    destinations: { allow: [], deny: [], isConfined: false },
    proxyEnvironment: undefined,
    headers: { "x-key": "a: b" },
    certificateAuthority: "ca.pem",
    reconnectDelayMs: 1_000,
    longestReconnectDelayMs: 600_000,
  });
  expect([verbosity, warnings]).toEqual([2, []]);
});

test("every variable of a LinkSocks client is taken", () => {
  const { options } = read("-r", {
    LINKSOCKS_TOKEN: " tok ",
    LINKSOCKS_URL: "wss://h",
    LINKSOCKS_CONNECTOR_TOKEN: "con",
    LINKSOCKS_SOCKS_HOST: "::1",
    LINKSOCKS_SOCKS_PORT: "1080",
    LINKSOCKS_SOCKS_USERNAME: "me",
    LINKSOCKS_SOCKS_PASSWORD: "pw",
    LINKSOCKS_RETRY_AUTH: "1",
    LINKSOCKS_UPSTREAM_PROXY: "socks5://up",
    LINKSOCKS_FASTOPEN: "true",
    https_proxy: "http://proxy",
    ALL_PROXY: "none of Go's",
  });
  expect(options).toMatchObject({
    url: "wss://h",
    token: "tok",
    connectorToken: "con",
    socks: { host: "::1", port: 1_080, username: "me", password: "pw" },
    retriesAuthentication: true,
    fastOpen: true,
    upstream: { kind: "socks5", host: "up", port: 1_080 },
    destinations: { allow: [], deny: [], isConfined: false },
  });
  expect(Object.entries(options.proxyEnvironment ?? {}).filter(([, value]) => value !== undefined)).toEqual([
    ["https_proxy", "http://proxy"],
  ]);
});

test.each([
  ["client", "", "client"],
  ["client", "-r", "provider"],
  ["connector", "", "client"],
  ["provider", "", "provider"],
  ["provider", "--reverse=false", "provider"],
] as const)("%s %s is a %s on the wire", (role, line, expected) => {
  expect(read(line, {}, role).options.role).toBe(expected);
});

test("what only a provider has is told of, and not used by a client", () => {
  const line = "-c con -x socks5://up";
  expect(read(line)).toMatchObject({
    options: { connectorToken: "", upstream: undefined },
    warnings: ["--connector-token has no effect without --reverse", "--upstream-proxy has no effect without --reverse"],
  });
  expect(read(line, {}, "provider")).toMatchObject({ options: { connectorToken: "con" }, warnings: [] });
  expect(read("-x http://up", {}, "provider").warnings).toEqual([
    "the upstream proxy is an HTTP proxy, which carries no UDP",
  ]);
});

test.each([
  ["0", 1],
  ["1", 1],
  ["7", 7],
  ["-1", 4],
  ["400", 400],
  ["401", 400],
])("-T %s on four processors opens %d WebSockets", (threads, expected) => {
  expect(read(["-T", threads]).options.threads).toBe(expected);
});

describe("the token file", () => {
  test("a token file is read, without its line end, and beats the variable", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "token");
    writeFileSync(file, " secret\n");
    expect(read(["--token-file", file], { LINKSOCKS_TOKEN: "other" }).options.token).toBe("secret");
  });

  test("a token file that is empty or missing, or beside a token, is refused", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "token");
    expect(failureOf(() => read(["--token-file", file])).code).toBe("file-unusable");
    writeFileSync(file, "\n");
    expect(failureOf(() => read(["--token-file", file])).code).toBe("usage");
    expect(failureOf(() => read(["--token-file", file, "-t", "x"])).message).toContain("exclude each other");
  });
});

describe("direct connections", () => {
  test.each(["auto", "relay-only"])("--direct-mode %s is served by relay", (mode) => {
    expect(read(["--direct-mode", mode]).warnings).toEqual([]);
  });

  test("--direct-mode direct-only is refused", () => {
    const failure = failureOf(() => read("--direct-mode direct-only"));
    expect([failure.code, failure.message]).toEqual([
      "usage",
      "wpdaemon has no direct connections, so --direct-mode direct-only cannot be met",
    ]);
  });

  test.each([
    ["--direct-discovery", "server", "dns"],
    ["--direct-host-candidates", "never", "maybe"],
    ["--stun-server", "stun.example.com:3478", "stun.example.com"],
    ["--direct-only-action", "refuse", "retry"],
    ["--direct-upnp-lease", "1h", "1"],
    ["--direct-upnp-external-port", "4000", "65536"],
  ])("%s %s is told to have no effect, and %s is refused", (flag, good, bad) => {
    expect(read([flag, good]).warnings).toEqual([
      `${flag} has no effect: wpdaemon has no direct connections, everything goes through the server`,
    ]);
    expect(failureOf(() => read([flag, bad])).message).toBe(`invalid ${flag}: ${JSON.stringify(bad)}`);
  });

  test.each(["--direct-upnp", "--direct-upnp-keep"])("the direct flag %s is a switch", (flag) => {
    expect(read(flag).warnings).toHaveLength(1);
    expect(failureOf(() => read(`${flag}=maybe`)).message).toBe(`invalid ${flag}: "maybe"`);
  });
});

test.each([
  [["--header", "secret"]],
  [["--header", "Bad Name: secret"]],
  [["--header", "X: secret\nY: 1"]],
  [["-x", "ftp://user:secret@h"]],
])("%j is refused without showing what may be a secret", (words) => {
  const failure = failureOf(() => read(words));
  expect(failure.code).toBe("usage");
  expect(`${failure.message} ${failure.hint}`).not.toContain("secret");
});

test("a number of threads that is none is refused", () => {
  expect(failureOf(() => read("-T many")).message).toBe('invalid --threads: "many"');
});

test("a client's IPv6 address may stand in brackets, and a name beyond SOCKS5's 255 bytes is refused", () => {
  expect(read("-s [::1]").options.socks.host).toBe("::1");
  expect(() => read(`-n ${"x".repeat(256)}`)).toThrow("is longer than 255 bytes, which SOCKS5 cannot carry");
});
