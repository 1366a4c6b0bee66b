import { describe, expect, test } from "bun:test";
import { createFailoverOrder } from "../../../src/tunnels/life/failover-order.ts";

describe("a tunnel without a failover list", () => {
  test("a tunnel without a failover list is carried by its own config, and there is no other", () => {
    const failoverOrder = createFailoverOrder([]);
    expect([failoverOrder.current(), failoverOrder.isExhausted(), failoverOrder.advance()]).toEqual([
      null,
      true,
      false,
    ]);
    expect(failoverOrder.current()).toBeNull();
  });
});

describe("a failover list", () => {
  test("a failover list is gone through in its order, then the tunnel's own again", () => {
    const failoverOrder = createFailoverOrder(["eu.conf", "uk.conf"]);
    const turns = Array.from({ length: 4 }, () => [failoverOrder.current(), failoverOrder.advance()]);
    expect(turns).toEqual([
      [null, true],
      ["eu.conf", true],
      ["uk.conf", true],
      [null, true],
    ]);
    expect(failoverOrder.current()).toBe("eu.conf");
  });

  test("a failover list is exhausted once each had its turn, and begins anew after a reset", () => {
    const failoverOrder = createFailoverOrder(["eu.conf", "uk.conf"]);
    expect(failoverOrder.isExhausted()).toBe(false);
    failoverOrder.advance();
    expect(failoverOrder.isExhausted()).toBe(false);
    failoverOrder.advance();
    expect([failoverOrder.current(), failoverOrder.isExhausted()]).toEqual(["uk.conf", true]);
    failoverOrder.reset();
    expect([failoverOrder.current(), failoverOrder.isExhausted()]).toEqual([null, false]);
  });

  test("a failover list has each in turn again once it is renewed, beginning with the one that carries", () => {
    const failoverOrder = createFailoverOrder(["eu.conf", "uk.conf"]);
    failoverOrder.advance();
    failoverOrder.advance();
    failoverOrder.renew();
    expect([failoverOrder.current(), failoverOrder.isExhausted()]).toEqual(["uk.conf", false]);
    failoverOrder.advance();
    failoverOrder.advance();
    expect([failoverOrder.current(), failoverOrder.isExhausted()]).toEqual(["eu.conf", true]);
  });

  test("a failover list goes on from the one that an adopted process has; one that it does not know is its own", () => {
    const failoverOrder = createFailoverOrder(["eu.conf", "uk.conf"]);
    failoverOrder.select("eu.conf");
    expect([failoverOrder.current(), failoverOrder.isExhausted()]).toEqual(["eu.conf", false]);
    failoverOrder.advance();
    expect(failoverOrder.current()).toBe("uk.conf");
    failoverOrder.select("gone.conf");
    expect(failoverOrder.current()).toBeNull();
    failoverOrder.select(null);
    expect(failoverOrder.current()).toBeNull();
  });
});
