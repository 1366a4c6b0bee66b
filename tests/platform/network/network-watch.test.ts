import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { isReachable } from "../../../src/platform/network/network-watch.ts";

test("a machine reaches itself; what is no address counts as reachable", () => {
  expect(isReachable("127.0.0.1", 1)).toBe(true);
  expect(["vpn.example.net", "fe80::1%eth0", "", "1.2.3"].map((host) => isReachable(host, 1))).toEqual(
    Array(4).fill(true),
  );
});

test("looks leave no descriptor open", () => {
  const before = lowestDescriptor();
  for (let look = 0; look < 200; look += 1) isReachable(look % 2 === 0 ? "127.0.0.1" : "::1", 1);
  expect(lowestDescriptor()).toBeLessThan(before + 100);
});

function lowestDescriptor(): number {
  const descriptor = openSync("/dev/null", "r");
  closeSync(descriptor);
  return descriptor;
}
