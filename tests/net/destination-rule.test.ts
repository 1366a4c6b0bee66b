import { expect, test } from "bun:test";
import { parseDestinationRule } from "../../src/net/destination-rule.ts";

test.each([
  ["10.0.0.0/8", { name: "", port: undefined }],
  ["10.0.0.1:22", { name: "", port: 22 }],
  ["10.0.0.0/8:22", { name: "", port: 22 }],
  ["fd00::/8", { name: "", port: undefined }],
  ["[fd00::/8]", { name: "", port: undefined }],
  ["[fd00::1]:443", { name: "", port: 443 }],
  [" Nas.LAN:445 ", { name: "nas.lan", port: 445 }],
  ["nas.lan.", { name: "nas.lan", port: undefined }],
  ["*", { name: "*", port: undefined }],
  ["*:443", { name: "*", port: 443 }],
])("%p is a rule about destinations", (text, expected) => {
  expect(parseDestinationRule(text)).toMatchObject(expected);
});

test.each([
  "",
  ":443",
  "nas:0",
  "nas:65536",
  "nas:http",
  "10.0.0.0/33",
  "http://nas",
  "*.lan",
  "a b",
  "[nas]:1x",
  "::1]:80",
])("%p is no rule about destinations", (text) => {
  expect(parseDestinationRule(text)).toBeUndefined();
});

test("a host is narrower than every range, a longer prefix than a shorter one, and a port narrows both", () => {
  const order = ["*", "*:1", "::/0", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/8:1", "10.0.0.1", "nas", "nas:1"];
  const widths = order.map((text) => parseDestinationRule(text)?.narrowness ?? Number.NaN);
  expect(widths).toEqual(widths.toSorted((one, other) => one - other));
});
