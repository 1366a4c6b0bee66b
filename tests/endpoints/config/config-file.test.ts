import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfigFile, settingsOf } from "../../../src/endpoints/config/config-file.ts";
import { describeFinding } from "../../../src/endpoints/config/findings.ts";
import { NGROKD_DEFAULTS, readDocument } from "../../../src/endpoints/config/read-document.ts";
import { fc } from "../../rig/properties.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

function check(text: string, environment: Record<string, string> = {}) {
  using folder = temporaryFolder();
  const path = join(folder.path, "config.yml");
  writeFileSync(path, text);
  return checkConfigFile(path, environment);
}

function read(text: string, environment: Record<string, string> = {}) {
  return settingsOf(check(text, environment), "config.yml");
}

function problemsOf(text: string): readonly string[] {
  return check(text).problems.map(describeFinding);
}

test.each([
  "",
  "# nothing\n",
  "api:\nserver: {}\n",
  "bound_endpoints: { poll_interval: 0, selectors: [] }\nnet: { start_port: 0 }\n",
])("A configuration that says nothing, %j, has every default of ngrokd.", (text) => {
  const settings = read(text);
  expect(settings).toMatchObject({
    ngrok: {
      apiUrl: "https://api.ngrok.com",
      region: "global",
      ingressInsecure: false,
      certificatePath: "/etc/ngrokd/tls.crt",
      keyPath: "/etc/ngrokd/tls.key",
      operatorIdPath: "/etc/ngrokd/operator_id",
      pollMs: 30_000,
      renewalCheckMs: 3_600_000,
      selectors: ["true"],
    },
    static: [],
    net: { subnet: "127.107.0.0/16", listen: "virtual", startPort: 9080, interfaceName: "ngrokd0" },
    hosts: { enabled: true, path: "/etc/hosts", cleanupOnExit: true },
    health: { address: { host: "127.0.0.1", port: 8081 }, requireEndpoints: false },
    socket: { path: "/var/run/ngrokd.sock", mode: 0o660 },
    stateFolder: "/etc/ngrokd",
    shutdownGraceMs: 10_000,
  });
  expect(settings.ngrok?.apiKey).toBeUndefined();
  expect(settings.ngrok?.ingress).toBeUndefined();
});

test("A configuration as ngrokd documents it is read as it is written.", () => {
  const { settings, problems, warnings } = check(`
api: { url: "https://api.ngrok.com", key: "one_two" }
ingressEndpoint: "kubernetes-binding-ingress.ngrok.io:443"
server:
  log_level: info
  socket_path: /var/run/ngrokd.sock
  client_cert: /etc/other/client.crt
  client_key: /etc/elsewhere/client.key
bound_endpoints: { poll_interval: 60, selectors: ["true"] }
net:
  interface_name: ngrokd0
  subnet: 10.107.0.0/16
  listen_interface: virtual
  start_port: 9100
  overrides: { "db.example": "127.0.0.1", "API.example": "eth0" }
  allow_cidrs: [10.0.0.0/8]
`);
  expect([problems, warnings]).toEqual([[], []]);
  expect(settings?.ngrok?.apiKey?.reveal()).toBe("one_two");
  expect(settings).toMatchObject({
    ngrok: {
      ingress: { host: "kubernetes-binding-ingress.ngrok.io", port: 443 },
      certificatePath: "/etc/other/client.crt",
      keyPath: "/etc/elsewhere/client.key",
      operatorIdPath: "/etc/other/operator_id",
    },
    stateFolder: "/etc/other",
    net: { subnet: "10.107.0.0/16", startPort: 9100 },
  });
  expect([...(settings?.net.overrides ?? [])]).toEqual([
    ["db.example", "127.0.0.1"],
    ["api.example", "eth0"],
  ]);
});

test("Everything that is wrong with a configuration is told at once, each with its place.", () => {
  const text = `
bound_endpoint: {}
api: { url: "ftp://x", key: [one] }
ingressEndpoint: "host:0"
server: { socket_mode: "9", log_levle: info }
bound_endpoints: { poll_interval: -5 }
net: { subnet: 10.1.0.0/33, listen_interface: "::1", start_port: 70000, overrides: { "db.example:80": virtual } }
static: { "db internal": { target: "10.0.0.5" } }
`;
  expect(problemsOf(text).toSorted()).toEqual(
    [
      'bound_endpoint: unknown key (did you mean "bound_endpoints"?)',
      'server.log_levle: unknown key (did you mean "log_level"?)',
      "api.url: an http or https URL is needed, without a query",
      "api.key: a text is needed",
      "ingressEndpoint: host:port is needed",
      'server.socket_mode: a mode in octal digits is needed, in quotes: "0660"',
      "bound_endpoints.poll_interval: it cannot be negative",
      "net.subnet: a range of IPv4 addresses such as 127.107.0.0/16 is needed, of /30 or more",
      "net.listen_interface: virtual, 0.0.0.0, an IPv4 address or the name of an interface is needed",
      "net.start_port: it is at most 65535",
      "net.overrides.db.example:80: a host name without a port is needed",
      "static.db internal: a name, name:port or URL such as http://app.internal is needed",
      "static.db internal.target: host:port is needed",
    ].toSorted(),
  );
});

test("Of a configuration with thousands of problems the first ones are told.", () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `key${index}: 1`);
  expect(problemsOf(lines.join("\n"))).toHaveLength(200);
});

test.each([
  ["- a\n- b\n", /keys with values are needed/],
  ["api: [", /not valid YAML/],
  ["42", /keys with values are needed/],
])("A file that is no configuration, %j, is one problem.", (text, why) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(why);
  expect(failureOf(() => read(text))).toMatchObject({ code: "settings-invalid" });
});

test("A configuration that is not there is named.", () => {
  expect(failureOf(() => checkConfigFile("/nowhere/config.yml", {})).message).toContain("/nowhere/config.yml");
});

test("The environment beats the file, and the file stays as it is.", () => {
  using folder = temporaryFolder();
  const keyFile = join(folder.path, "key");
  writeFileSync(keyFile, "from_file\n");
  const text = 'api: { key: "own", url: "https://api.example" }\n';
  expect(read(text, { NGROK_API_KEY: "other" }).ngrok?.apiKey?.reveal()).toBe("other");
  expect(read(text, { NGROK_API_KEY: "" }).ngrok?.apiKey?.reveal()).toBe("own");
  expect(read(text, { NGROK_API_KEY_FILE: keyFile }).ngrok?.apiKey?.reveal()).toBe("from_file");
  expect(check(text, { NGROK_API_KEY_FILE: "/nowhere" }).problems).toHaveLength(1);
  const settings = read(text, {
    NGROKD_SOCKET: "/tmp/s",
    NGROKD_HOSTS_PATH: "/tmp/h",
    NGROKD_API_URL: "http://127.0.0.1:1234/",
    NGROKD_INGRESS: "ingress.example",
  });
  expect(settings).toMatchObject({
    socket: { path: "/tmp/s" },
    hosts: { path: "/tmp/h" },
    ngrok: { apiUrl: "http://127.0.0.1:1234", ingress: { host: "ingress.example", port: 443 } },
  });
});

test("An ingress without a port has port 443, and the API may be on plain HTTP.", () => {
  const { settings, warnings } = check('ingressEndpoint: host\napi: { url: "http://127.0.0.1:8080" }\n');
  expect(settings?.ngrok).toMatchObject({ ingress: { host: "host", port: 443 }, apiUrl: "http://127.0.0.1:8080" });
  expect(warnings).toEqual([]);
});

test("What endangers traffic or keys, and what is obsolete, is warned of.", () => {
  const { warnings } = check(`
api: { url: "http://192.0.2.1" }
ingress_insecure_skip_verify: true
bound_endpoints: { poll_interval: 1 }
net: { network_accessible: true }
dns: { enabled: true }
`);
  expect(warnings.map(({ key }) => key).toSorted()).toEqual([
    "api.url",
    "bound_endpoints.poll_interval",
    "dns",
    "ingress_insecure_skip_verify",
    "net.listen_interface",
    "net.network_accessible",
  ]);
});

test("Static endpoints are named by a name, with or without a port, or by a URL.", () => {
  const { static: endpoints } = read(`
static:
  db.internal: { target: "10.0.0.5:5432", via: us-east }
  db.internal:6432: { target: "10.0.0.6:5432" }
  http://App.Internal: { target: "[fd00::1]:8080" }
`);
  expect(endpoints.map(({ address, target, via }) => [address.url, target, via])).toEqual([
    ["tcp://db.internal:5432", { host: "10.0.0.5", port: 5432 }, "us-east"],
    ["tcp://db.internal:6432", { host: "10.0.0.6", port: 5432 }, undefined],
    ["http://app.internal:80", { host: "fd00::1", port: 8080 }, undefined],
  ]);
});

test("Two names of one endpoint are a problem.", () => {
  const text = 'static: { db.internal: { target: "a:5432" }, DB.internal:5432: { target: "b:1" } }';
  expect(problemsOf(text)).toEqual([
    "static.DB.internal:5432: db.internal is the same endpoint, tcp://db.internal:5432",
  ]);
});

test("A section of the daemon's own settings asks ngrok only where it says so, or has a key from the environment.", () => {
  const defaults = { socketPath: "/s", socketMode: 0o600, stateFolder: "/state", asksNgrok: false };
  const settings = (document: unknown, environment = {}) => readDocument(document, environment, defaults).settings;
  expect(settings({ static: {} })).toMatchObject({ ngrok: undefined, stateFolder: "/state", socket: { mode: 0o600 } });
  expect(settings({ api: {} })?.ngrok?.certificatePath).toBe("/state/tls.crt");
  expect(settings({}, { NGROK_API_KEY: "one_two" })?.ngrok?.apiKey?.reveal()).toBe("one_two");
});

test("Nothing that is printed of settings holds the key.", () => {
  const settings = read("api: { key: very_secret }");
  expect(Bun.inspect(settings) + JSON.stringify(settings)).not.toContain("very_secret");
});

test("Whatever a configuration holds, it is settings or problems, and every problem is one line.", () => {
  const key = fc.constantFrom(
    ...[
      "api",
      "server",
      "net",
      "static",
      "url",
      "key",
      "subnet",
      "overrides",
      "start_port",
      "target",
      "listen_interface",
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, "", 0, -1, "10.0.0.0/8", "host:1", true, 1e99, "\u001b[31m\n"),
      fc.string(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(key, fc.string()), tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (document) => {
      const { settings, problems } = readDocument(document, {}, NGROKD_DEFAULTS);
      expect(settings === undefined).toBe(problems.length > 0);
      for (const problem of problems) expect(describeFinding(problem)).not.toMatch(/\p{Cc}/u);
    }),
  );
});
