import { expect, test } from "bun:test";
import { findEmbeddedIPv4, parseAddressRange } from "../../src/net/address-range.ts";

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.1.128.0/17", "10.1.200.7", true],
  ["10.1.128.0/17", "10.1.127.7", false],
  ["10.9.9.9/8", "10.0.0.1", true],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["fe80::/10", "fe80::1%eth0", true],
  ["127.0.0.0/8", "::ffff:127.0.0.1", true],
  ["10.0.0.0/8", "10.example.org", false],
])("whether %s holds %s is %p", (range, host, isWithin) => {
  expect(parseAddressRange(range)?.contains(host)).toBe(isWithin);
});

test.each(["", "example.org", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "/8", "10.0.0.0/8/8"])(
  "%p is no range",
  (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  },
);

test.each([
  ["::7f00:1", "127.0.0.1"],
  ["64:ff9b::a9fe:a9fe", "169.254.169.254"],
  ["2002:7f00:1::1", "127.0.0.1"],
  ["2001:db8::1", undefined],
  ["192.0.2.1", undefined],
  ["example.org", undefined],
])("the IPv4 address within %s is %p", (host, embedded) => {
  expect(findEmbeddedIPv4(host)).toBe(embedded);
});
