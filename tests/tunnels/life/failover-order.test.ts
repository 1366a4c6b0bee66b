import { describe, expect, test } from "bun:test";
import { createCarriers } from "../../../src/tunnels/life/failover-order.ts";

describe("a tunnel without a failover list", () => {
  test("is carried by its own config, and there is no other", () => {
    const carriers = createCarriers([]);
    expect([carriers.current(), carriers.exhausted(), carriers.advance()]).toEqual([null, true, false]);
    expect(carriers.current()).toBeNull();
  });
});

describe("a failover list", () => {
  test("is gone through in its order, then the tunnel's own again", () => {
    const carriers = createCarriers(["eu.conf", "uk.conf"]);
    const turns = Array.from({ length: 4 }, () => [carriers.current(), carriers.advance()]);
    expect(turns).toEqual([
      [null, true],
      ["eu.conf", true],
      ["uk.conf", true],
      [null, true],
    ]);
    expect(carriers.current()).toBe("eu.conf");
  });

  test("is exhausted once each had its turn, and begins anew after a reset", () => {
    const carriers = createCarriers(["eu.conf", "uk.conf"]);
    expect(carriers.exhausted()).toBe(false);
    carriers.advance();
    expect(carriers.exhausted()).toBe(false);
    carriers.advance();
    expect([carriers.current(), carriers.exhausted()]).toEqual(["uk.conf", true]);
    carriers.reset();
    expect([carriers.current(), carriers.exhausted()]).toEqual([null, false]);
  });

  test("has each in turn again once it is renewed, beginning with the one that carries", () => {
    const carriers = createCarriers(["eu.conf", "uk.conf"]);
    carriers.advance();
    carriers.advance();
    carriers.renew();
    expect([carriers.current(), carriers.exhausted()]).toEqual(["uk.conf", false]);
    carriers.advance();
    carriers.advance();
    expect([carriers.current(), carriers.exhausted()]).toEqual(["eu.conf", true]);
  });

  test("goes on from the one that an adopted process has; one that it does not know is its own", () => {
    const carriers = createCarriers(["eu.conf", "uk.conf"]);
    carriers.select("eu.conf");
    expect([carriers.current(), carriers.exhausted()]).toEqual(["eu.conf", false]);
    carriers.advance();
    expect(carriers.current()).toBe("uk.conf");
    carriers.select("gone.conf");
    expect(carriers.current()).toBeNull();
    carriers.select(null);
    expect(carriers.current()).toBeNull();
  });
});
