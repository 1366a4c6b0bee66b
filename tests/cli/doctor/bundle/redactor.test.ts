import { describe, expect, test } from "bun:test";
import { createRedactor } from "../../../../src/cli/doctor/bundle/redactor.ts";
import { generateKeys } from "../../../rig/keys.ts";

const { privateKey, publicKey } = generateKeys();
const known = createRedactor({ secrets: new Set(["hunter-22", "ab"]), publicKeys: new Set([publicKey]) });
const none = createRedactor({ secrets: new Set(), publicKeys: new Set() });

test("a known secret goes wherever it stands; a short one where it stands alone", () => {
  expect(known.text("xhunter-22x hunter-22")).toBe("x<removed>x <removed>");
  expect(known.text("about ab, (ab)")).toBe("about <removed>, (<removed>)");
});

test("a document stays one: texts, names and numbers are looked at each for itself", () => {
  const redactor = createRedactor({ secrets: new Set(["12345", "state"]), publicKeys: new Set() });
  const document = { state: "the state", pid: 12345, port: 12, list: ["12345", null, true], password: { a: "b" } };
  expect(redactor.json(document)).toEqual({
    "<removed>": "the <removed>",
    pid: "<removed>",
    port: 12,
    list: ["<removed>", null, true],
    password: "<removed>",
  });
});

test("a key of 32 bytes goes though nobody knows it, a peer's public key stays", () => {
  const hex = Buffer.from(privateKey, "base64").toString("hex");
  const forUrls = `${"aB3".repeat(14)}x`;
  expect(none.text(`a ${privateKey} b ${hex} c ${forUrls} d`)).toBe("a <removed> b <removed> c <removed> d");
  // One key of 1,500 has no digit.
  expect(none.text(`a ${"aBc".repeat(14)}x b`)).toBe("a <removed> b");
  expect(known.text(`peer ${publicKey}`)).toBe(`peer ${publicKey}`);
  expect(none.text(`peer ${publicKey}`)).toBe("peer <removed>");
});

describe("what looks like a secret goes", () => {
  test.each([
    ["key should be 32 bytes: abc def", "key should be 32 bytes: <removed>"],
    ["invalid base64 string: abc", "invalid base64 string: <removed>"],
    ["key-value delimiter not found: abc", "key-value delimiter not found: <removed>"],
    ["get http://me:pa@ss@host/x now", "get http://<removed>@host/x now"],
    ["Proxy-Authorization: Basic bWU6cGFzcw==", "Proxy-Authorization: <removed>"],
    ["sent Bearer abcdef.ghi", "sent Bearer <removed>"],
    ["PrivateKey = abc def # x", "PrivateKey = <removed>"],
    ["password: 'a b' # x", "password: <removed> # x"],
    ["NGROK_AUTHTOKEN=abc", "NGROK_AUTHTOKEN=<removed>"],
    ['{"secret": "abc", "pid": 1}', '{"secret": <removed>, "pid": 1}'],
    ["  username: me", "  username: <removed>"],
    ["one\nToken=2\nthree", "one\nToken=<removed>\nthree"],
  ])("a text that looks like a secret is removed: %j", (text, expected) => {
    expect(none.text(text)).toBe(expected);
  });
});

describe("what does not, stays", () => {
  test.each([
    "Password without Username: authentication stays off (set Username too)",
    "the key in PrivateKey is not a WireGuard key",
    "see https://example.com/path?x=1 for it",
    "instance 11111111-2222-4333-8444-555555555555 at /home/me/.argus/wpdaemon/pipes/1795262904_us.log.pipe",
    "2026/11/21 12:00:00 peer(xTIB…p8Dg) - Received handshake response",
  ])("a text that does not look like a secret stays: %j", (text) => {
    expect(none.text(text)).toBe(text);
  });
});
