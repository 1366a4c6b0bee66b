import { describe, expect, test } from "bun:test";
import { SERVER_FLAGS } from "../../../src/cli/linksocks/flags/server-flags.ts";
import { readServerOptions } from "../../../src/cli/linksocks/server-options.ts";
import { parseFlags } from "../../../src/cli/parse-flags.ts";
import type { Environment } from "../../../src/platform/environment.ts";
import { failureOf } from "../../rig/rejection.ts";

function read(line: string, environment: Environment = {}) {
  return readServerOptions(parseFlags("linksocks server", SERVER_FLAGS, line.split(" ").filter(Boolean)), environment);
}

test("a LinkSocks server has the defaults of LinkSocks", () => {
  expect(read("")).toEqual({
    options: {
      host: "0.0.0.0",
      port: 8_765,
      tls: undefined,
      socksHost: "127.0.0.1",
      socksWithoutWaiting: false,
      fastOpen: false,
      upstream: undefined,
      destinations: { allow: [], deny: [], isConfined: false },
      apiKey: "",
      connectorWaitMs: 5_000,
      bufferSize: 1_048_576,
      portPool: { first: 1_024, last: 10_240 },
      trustedProxies: [],
    },
    tokens: { kind: "forward", token: "" },
    verbosity: 0,
    warnings: [],
  });
});

test("every flag of a LinkSocks server is taken", () => {
  const line =
    "-H ::1 -P 0 -t tok -c con -b 4096 -r -s ::1 -p 1080 -n me -w pw -i -d -x http://up:80 -f " +
    "--connector-wait-provider 1m30s --tls-cert c.pem --tls-key k.pem --trust-proxy 10.0.0.0/8 --trust-proxy ::1";
  expect(read(line)).toEqual({
    options: {
      host: "::1",
      port: 0,
      tls: { certificate: "c.pem", key: "k.pem" },
      socksHost: "::1",
      socksWithoutWaiting: true,
      fastOpen: true,
      upstream: { kind: "http", host: "up", port: 80, username: "", password: "" },
      destinations: { allow: [], deny: [], isConfined: false },
      apiKey: "",
      connectorWaitMs: 90_000,
      bufferSize: 4_096,
      portPool: { first: 1_024, last: 10_240 },
      trustedProxies: ["10.0.0.0/8", "::1"],
    },
    tokens: {
      kind: "reverse",
      token: "tok",
      connectorToken: "con",
      autonomy: false,
      port: 1_080,
      username: "me",
      password: "pw",
    },
    verbosity: 1,
    warnings: ["the upstream proxy is an HTTP proxy, which carries no UDP"],
  });
});

test("every variable of a LinkSocks server is taken, and a flag beats it", () => {
  const environment = {
    LINKSOCKS_WEBSOCKET_HOST: "127.0.0.1",
    LINKSOCKS_WEBSOCKET_PORT: "9443",
    LINKSOCKS_TOKEN: "tok",
    LINKSOCKS_CONNECTOR_TOKEN: "con",
    LINKSOCKS_CONNECTOR_AUTONOMY: "true",
    LINKSOCKS_SOCKS_HOST: "::1",
    LINKSOCKS_SOCKS_PORT: "1080",
    LINKSOCKS_SOCKS_USERNAME: "  alice  ",
    LINKSOCKS_SOCKS_PASSWORD: "pw",
    LINKSOCKS_API_KEY: "  ",
    LINKSOCKS_UPSTREAM_PROXY: "socks5://up:1",
    LINKSOCKS_FASTOPEN: "t",
  };
  const { options, tokens } = read("-r", environment);
  expect(options).toMatchObject({
    host: "127.0.0.1",
    port: 9_443,
    socksHost: "::1",
    upstream: { host: "up", port: 1 },
    destinations: { allow: [], deny: [], isConfined: false },
    apiKey: "",
    fastOpen: true,
  });
  const plan = { token: "tok", connectorToken: "con", autonomy: true, port: 1_080, username: "alice", password: "pw" };
  expect(tokens).toEqual({ kind: "reverse", ...plan });
  const flags = read("-r -P 8766 -a=false -f=false", environment);
  expect(flags).toMatchObject({ options: { port: 8_766, fastOpen: false }, tokens: { autonomy: false } });
});

describe("which tokens there are to be", () => {
  test("none with an API key, whose giver is told that a token has no effect", () => {
    const { options, tokens, warnings } = read("-k key -r -t tok");
    expect([options.apiKey, tokens]).toEqual(["key", { kind: "none" }]);
    expect(warnings).toEqual(["--token has no effect with an API key: tokens are created through the API"]);
    expect(read("-r", { LINKSOCKS_API_KEY: "key", LINKSOCKS_TOKEN: "tok" }).warnings).toEqual([]);
  });

  test("a connector token that nobody could use is told of", () => {
    expect(read("-c con").warnings).toEqual(["--connector-token has no effect without --reverse"]);
    expect(read("-c con -r").warnings).toEqual([]);
    expect(read("-c con -r -a").warnings).toEqual(["--connector-token has no effect with --connector-autonomy"]);
  });
});

test("help for direct connections is told to have no effect, and serves by relay", () => {
  const line = "--direct-enable --direct-rendezvous-udp --direct-rendezvous-host h --direct-rendezvous-port 1";
  expect(read(line).warnings.map((warning) => warning.split(" ", 1)[0])).toEqual([
    "--direct-enable",
    "--direct-rendezvous-udp",
    "--direct-rendezvous-host",
    "--direct-rendezvous-port",
  ]);
});

test.each([
  ["-P 65536", 'invalid --ws-port: "65536"'],
  ["-p 70000", 'invalid --socks-port: "70000"'],
  ["-b 0", 'invalid --buffer-size: "0"'],
  ["-b 33554432", 'invalid --buffer-size: "33554432"'],
  ["--connector-wait-provider 5", 'invalid --connector-wait-provider: "5"'],
  ["--trust-proxy proxy.example.com", 'invalid --trust-proxy: "proxy.example.com"'],
  ["--trust-proxy 10.0.0.0/33", 'invalid --trust-proxy: "10.0.0.0/33"'],
  ["--direct-rendezvous-port 65536", 'invalid --direct-rendezvous-port: "65536"'],
  ["--direct-enable=maybe", 'invalid --direct-enable: "maybe"'],
  ["--tls-cert c.pem", "--tls-cert needs --tls-key as well"],
  ["--tls-key k.pem", "--tls-key needs --tls-cert as well"],
])("a LinkSocks server refuses %s", (line, message) => {
  const failure = failureOf(() => read(line));
  expect([failure.code, failure.message]).toEqual(["usage", message]);
});

test("a server without providers says that -p and -s are not its own place", () => {
  expect(read("-t tok -p 9000 -s ::1").warnings).toEqual([
    "-p (--socks-port) has no effect without --reverse: where clients connect is -P, now 8765",
    "-s (--socks-host) has no effect without --reverse: where clients connect is -H, now 0.0.0.0",
  ]);
  expect(read("-t tok -r -p 9000").warnings).toEqual([]);
});

test("an IPv6 address to listen on may stand in brackets, and credentials beyond SOCKS5's 255 bytes are refused", () => {
  expect(read("-r -s [::1] -H [::]").options).toMatchObject({ socksHost: "::1", host: "::" });
  for (const flag of ["--socks-username", "--socks-password"]) {
    expect(() => read(`-r ${flag} ${"x".repeat(256)}`)).toThrow("is longer than 255 bytes, which SOCKS5 cannot carry");
  }
});

test("where an exit may lead is read from ranges, addresses and names, and refused for anything else", () => {
  expect(read("--allow 10.0.0.0/8,nas:445 --allow [::1]:80 --deny *").options.destinations).toEqual({
    allow: ["10.0.0.0/8", "nas:445", "[::1]:80"],
    deny: ["*"],
    isConfined: false,
  });
  expect(() => read("--deny 10.0.0.0/99")).toThrow('invalid --deny: "10.0.0.0/99"');
});
