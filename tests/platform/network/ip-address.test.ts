import { describe, expect, test } from "bun:test";
import * as net from "node:net";
import { isIP, isIPv4, isIPv6, unmapIPv4 } from "../../../src/platform/network/ip-address.ts";

/** Pieces that addresses, and what looks like them, are made of. */
const PIECES = ["0", "1", "255", "256", "01", "::", ":", "ffff", "12345", "1.2.3.4", ".", "%", "eth0", "g", "[", "\n"];

describe("what is an address", () => {
  test("every text of up to four pieces gets node's answer", () => {
    let texts = [""];
    for (let length = 1; length <= 4; length += 1) {
      texts = texts.flatMap((text) => PIECES.map((piece) => text + piece));
      for (const text of texts) {
        const ours = [isIPv4(text), isIPv6(text), isIP(text)];
        const theirs = [net.isIPv4(text), net.isIPv6(text), net.isIP(text) !== 0];
        if (!Bun.deepEquals(ours, theirs)) expect({ text, is: ours }).toEqual({ text, is: theirs });
      }
    }
  });

  test.each(["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:1.2.3.4", "0:1:ab:0::1.2.3.4", "fe80::1%eth0"])(
    "%s is an address",
    (text) => {
      expect(isIPv6(text)).toBe(true);
    },
  );

  test.each(["1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:1.2.3.4", "1::2::3", "1.2.3.4::", "::1:"])(
    "%s is no address",
    (text) => {
      expect(isIPv6(text)).toBe(false);
    },
  );
});

test.each([
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:1", "::ffff:1"],
  ["::1", "::1"],
])("unmapIPv4(%p) is %p", (address, expected) => {
  expect(unmapIPv4(address)).toBe(expected);
});
