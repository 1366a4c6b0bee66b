import { expect, test } from "bun:test";
import { createPortPool } from "../../../src/linksocks/server/token-registry.ts";

test("a pool of ports gives every port of the pool once, both bounds included", () => {
  const pool = createPortPool({ first: 3000, last: 3004 });
  const given = Array.from({ length: 5 }, () => pool.take(0));
  expect(given.toSorted()).toEqual([3000, 3001, 3002, 3003, 3004]);
  expect(pool.take(0)).toBeUndefined();
});

test("a pool of ports does not always begin with the same port", () => {
  const first = Array.from({ length: 50 }, () => createPortPool({ first: 1024, last: 10_240 }).take(0));
  expect(new Set(first).size).toBeGreaterThan(1);
});

test("a pool of ports gives a port outside of the pool to who asks for it", () => {
  expect(createPortPool({ first: 3000, last: 3000 }).take(8080)).toBe(8080);
});

test("a pool of ports gives no port twice, until it is released", () => {
  const pool = createPortPool({ first: 3000, last: 3000 });
  expect(pool.take(3000)).toBe(3000);
  expect([pool.take(3000), pool.take(0)]).toEqual([undefined, undefined]);
  pool.release(3000);
  expect(pool.take(0)).toBe(3000);
});

test.each([-1, 65_536, 70_000, 1.5, Number.NaN])("%p is no port", (port) => {
  expect(createPortPool({ first: 3000, last: 3000 }).take(port)).toBeUndefined();
});

test.each([1, 65_535])("%p is a port", (port) => {
  expect(createPortPool({ first: 3000, last: 3000 }).take(port)).toBe(port);
});
