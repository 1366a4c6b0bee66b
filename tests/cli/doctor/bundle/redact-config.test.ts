import { expect, test } from "bun:test";
import { redactConfig, redactSettings } from "../../../../src/cli/doctor/bundle/redact-config.ts";

test("what is known to be harmless stays line for line, everything else goes", () => {
  const config = `# provider: account 4711
[Interface] # mine
PrivateKey = abc=
Address = 10.0.0.2/32 ; inside
DNS=10.0.0.1

  [peer]
publickey : def=
PreSharedKey = ghi=
Endpoint = me:pass@192.0.2.1:51820
PostUp = curl -u me:pass example.com
jklmnopqrstuvw=
Secret stuff
#PrivateKey = abc=
;MTU = 1420
[key = x]
`;
  expect(redactConfig(config).split("\n")).toEqual([
    "# <removed>",
    "[Interface]",
    "PrivateKey = <removed>",
    "Address = 10.0.0.2/32",
    "DNS = 10.0.0.1",
    "",
    "[peer]",
    "publickey = def=",
    "PreSharedKey = <removed>",
    "Endpoint = <removed>",
    "PostUp = <removed>",
    "<removed>",
    "<removed>",
    "#PrivateKey = <removed>",
    ";MTU = 1420",
    "<removed>",
    "",
  ]);
});

test("of a LinkSocks config the server stays, and nothing that opens it", () => {
  const config = `[LinkSocks]
Url = wss://proxy.example.net
Url = wss://proxy.example.net/socket?token=abc
Token = abc
TokenFile = ~/abc
ConnectorToken = abc
Threads = 2
UpstreamProxy = socks5://me:pass@192.0.2.1
Header = Authorization: Bearer abc
`;
  expect(redactConfig(config).split("\n")).toEqual([
    "[LinkSocks]",
    "Url = wss://proxy.example.net",
    "Url = <removed>",
    "Token = <removed>",
    "TokenFile = <removed>",
    "ConnectorToken = <removed>",
    "Threads = 2",
    "UpstreamProxy = <removed>",
    "Header = <removed>",
    "",
  ]);
});

test.each([
  ['DNS = """one\ntwo\nthree"""\nMTU = 1', ["DNS = <removed>", "<removed>", "<removed>", "MTU = 1"]],
  ["Password = `one\ntwo`\nMTU = 1", ["Password = <removed>", "<removed>", "MTU = 1"]],
  ["Password = one \\\n  two \\\n  three\nMTU = 1", ["Password = <removed>", "<removed>", "<removed>", "MTU = 1"]],
  ["Password = `never closed\nMTU = 1", ["Password = <removed>", "<removed>"]],
])("a value that goes on over the next lines goes with them: %j", (text, expected) => {
  expect(redactConfig(text).split("\n")).toEqual(expected);
});

test("valid settings lose their comments alone", () => {
  expect(redactSettings("line: { port: 1 } # mine\n# all mine\ntunnels: {}\n")).toBe(
    "line: { port: 1 } #\n#\ntunnels: {}\n",
  );
});

test("what is no YAML keeps its names alone", () => {
  expect(redactSettings("line: [\n  token: |\n    abc\n\ncount: 1\n").split("\n")).toEqual([
    "line: <removed>",
    "  token: <removed>",
    " <removed>",
    "",
    "count: <removed>",
    "",
  ]);
});
