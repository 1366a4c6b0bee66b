import { expect, test } from "bun:test";
import { isForeignProtocol } from "../../../src/net/lines/foreign-protocol.ts";

const isForeign = (line: string) => isForeignProtocol(new TextEncoder().encode(line));

test.each([
  "GET / HTTP/1.1",
  "POST / HTTP/1.1\r",
  "PUT /spin_down: HTTP/1.0",
  "PATCH /a%0Aspin_down: HTTP/1.1",
  "DELETE / HTTP/2",
  "HEAD / HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "TRACE / HTTP/1.1",
  "CONNECT 127.0.0.1:23888 HTTP/1.1",
  "PROPFIND / HTTP/1.1",
  "PRI * HTTP/2.0",
])("the HTTP request line %j is foreign", (line) => {
  expect(isForeign(line)).toBe(true);
});

test.each(["get / HTTP/1.1", "patch / HTTP/1.1", "spin_down: / HTTP/1.1", "x y z HTTP/1.1", "post / http/1.1"])(
  "a method of a page's own choice, as fetch allows it, is foreign: %j",
  (line) => {
    expect(isForeign(line)).toBe(true);
  },
);

test.each(["GET", "GET\r", "POST spin_down:", "HEAD\t/", "CONNECT  x", "GET /index.html"])(
  "a method as first word is foreign without a version, as HTTP/0.9 has it: %j",
  (line) => {
    expect(isForeign(line)).toBe(true);
  },
);

test.each([
  ["TLS ClientHello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]],
  ["STUN binding request", [0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42]],
  ["STUN behind its length, as on TCP", [0x00, 0x14, 0x00, 0x01]],
  ["SOCKS5 greeting", [0x05, 0x01, 0x00]],
] as const)("a binary protocol is foreign by its first byte: %s", (_, bytes) => {
  expect(isForeignProtocol(new Uint8Array(bytes))).toBe(true);
});

test.each([
  "",
  "\r",
  "state:",
  "state:\r",
  " state :",
  "\tstate:",
  "spin_up:us-east",
  "spin_up:GET / HTTP",
  "spin_up:HTTP/1.1",
  "whoami: HTTP/1.1",
  "GETTER:",
  "POST:",
  "get",
  "nonsense",
])("a line of our own protocol is not: %j", (line) => {
  expect(isForeign(line)).toBe(false);
});

test("bytes that are no UTF-8 are not foreign: they earn a parse error", () => {
  expect(isForeignProtocol(new Uint8Array([0xff, 0xfe, 0x3a]))).toBe(false);
});
