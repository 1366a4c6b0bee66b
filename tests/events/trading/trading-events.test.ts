import { describe, expect, test } from "bun:test";
import { parseEvent } from "../../../src/events/trading/parse-event.ts";
import { dataOf, NOW, publish, refusalOf } from "./publish.ts";
import { ALL_SAMPLES, SAMPLES, type SampleName } from "./samples.ts";

describe("a trade", () => {
  test("a trade of half a round trip, which has no result, is no event", () => {
    expect(refusalOf("GatewayUserTrade", { profitAndLoss: null })).toBe(
      "data.profitAndLoss: is null: a trade without a result is half a round trip, and no event",
    );
    expect(refusalOf("GatewayUserTrade", { profitAndLoss: undefined })).toBe("data.profitAndLoss: is missing");
    expect(refusalOf("GatewayUserTrade", { profitAndLoss: 0 })).toBeUndefined();
  });

  test.each([
    [1, undefined],
    [0, "data.quantity: must be above 0"],
    [-1, "data.quantity: must be above 0"],
    [1.5, "data.quantity: must be an integer of at most 2^53 - 1"],
  ])("a quantity of %p: the refusal is %p", (quantity, refusal) => {
    expect(refusalOf("GatewayUserTrade", { quantity })).toBe(refusal);
  });

  test("a trade was not executed in the future, but for what clocks differ", () => {
    const at = (ahead: number) => ({ executionTime: new Date(NOW + ahead).toISOString() });
    expect(refusalOf("GatewayUserTrade", at(5_000))).toBeUndefined();
    expect(refusalOf("GatewayUserTrade", at(5_001))).toBe("data.executionTime: is in the future");
  });
});

describe("a position", () => {
  test("a closed position is an event with size 0", () => {
    expect(dataOf("GatewayUserPosition", { size: 0 })).toMatchObject({ id: 90_311, size: 0 });
  });

  test.each([
    [{ type: 1 }, undefined],
    [{ type: 0 }, "data.type: must be 1 (long) or 2 (short)"],
    [{ type: 3 }, "data.type: must be 1 (long) or 2 (short)"],
    [{ type: "1" }, "data.type: must be 1 (long) or 2 (short)"],
    [{ size: -1 }, "data.size: must not be below 0"],
    [{ size: 0.5 }, "data.size: must be an integer of at most 2^53 - 1"],
    [{ averagePrice: 0.01 }, undefined],
    [{ averagePrice: 0 }, "data.averagePrice: must be above 0"],
    [{ averagePrice: -1 }, "data.averagePrice: must be above 0"],
    [{ averagePrice: null }, "data.averagePrice: must be a number"],
  ])("a position with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("GatewayUserPosition", changes)).toBe(refusal);
  });

  test.each([
    ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40Z", undefined],
    ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40.001Z", undefined],
    ["2025-11-04T14:58:40.250Z", "2025-11-04T14:58:40Z", "data.updatedAt: must not be before createdAt"],
    ["2025-11-04T14:58:40Z", "2025-11-04T16:58:40+02:00", undefined],
    ["2025-11-04T14:58:40Z", "2025-11-04T14:58:40+02:00", "data.updatedAt: must not be before createdAt"],
  ])("created at %s and updated at %s: the refusal is %p", (createdAt, updatedAt, refusal) => {
    expect(refusalOf("GatewayUserPosition", { createdAt, updatedAt })).toBe(refusal);
  });
});

describe("an order", () => {
  const LIMIT = "data.limitPrice: must be above 0 for a limit or stop-limit order";
  const STOP = "data.stopPrice: must be above 0 for a stop, stop-limit or trailing stop order";

  test.each([
    ["market", 1, null, null, undefined],
    ["limit", 2, 10, null, undefined],
    ["limit", 2, null, null, LIMIT],
    ["limit", 2, 0, null, LIMIT],
    ["limit", 2, -1, 10, LIMIT],
    ["stop", 3, null, 10, undefined],
    ["stop", 3, 10, null, STOP],
    ["stop", 3, null, 0, STOP],
    ["stop-limit", 4, 10, 10, undefined],
    ["stop-limit", 4, null, 10, LIMIT],
    ["stop-limit", 4, 10, null, STOP],
    ["trailing stop", 5, null, 10, undefined],
    ["trailing stop", 5, null, null, STOP],
    ["other", 0, null, null, undefined],
  ])(
    "a %s order (%d) is taken or refused for its prices, limit %p and stop %p",
    (_, type, limitPrice, stopPrice, refusal) => {
      expect(refusalOf("GatewayUserOrder", { type, limitPrice, stopPrice })).toBe(refusal);
    },
  );

  test("an order's prices are said, though they may be null", () => {
    expect(refusalOf("GatewayUserOrder", { type: 1, limitPrice: undefined })).toBe("data.limitPrice: is missing");
    expect(refusalOf("GatewayUserOrder", { type: 1, stopPrice: undefined })).toBe("data.stopPrice: is missing");
    expect(refusalOf("GatewayUserOrder", { type: 2, limitPrice: "10" })).toBe("data.limitPrice: must be a number");
  });

  test.each([0, 1, 2, 3, 4])("%d is a state", (state) => {
    expect(refusalOf("GatewayUserOrder", { state })).toBeUndefined();
  });

  test.each([-1, 5, 6, 7, null])(
    "%p is no state: the gateway's 5 is a rejected order, its 6 a pending one",
    (state) => {
      expect(refusalOf("GatewayUserOrder", { state })).toMatch(/^data\.state: must be 1 \(working/);
    },
  );

  test.each([
    [{ side: 2 }, undefined],
    [{ side: 0 }, "data.side: must be 1 (buy) or 2 (sell)"],
    [{ side: 3 }, "data.side: must be 1 (buy) or 2 (sell)"],
    [{ size: 0 }, "data.size: must be above 0"],
    [{ type: 6 }, "data.type: must be 1 (market), 2 (limit), 3 (stop), 4 (stop-limit), 5 (trailing stop) or 0 (other)"],
  ])("an order with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("GatewayUserOrder", changes)).toBe(refusal);
  });

  test("an order may be updated before it was created, since both are the gateway's own", () => {
    const times = { createdAt: "2025-11-04T14:58:41Z", updatedAt: "2025-11-04T14:58:40Z" };
    expect(refusalOf("GatewayUserOrder", times)).toBeUndefined();
  });
});

describe("a quote", () => {
  test.each([
    [{ bid: 10, ask: 10, last: 9 }, undefined],
    [{ bid: 10, ask: 9.75 }, "data.ask: must not be below bid"],
    [{ bid: 0 }, "data.bid: must be above 0"],
    [{ ask: 0 }, "data.ask: must be above 0"],
    [{ last: 0 }, "data.last: must be above 0"],
    [{ bid: -1 }, "data.bid: must be above 0"],
    [{ last: null }, "data.last: must be a number"],
    [{ last: undefined }, "data.last: is missing"],
  ])("a quote with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("MarketQuote", changes)).toBe(refusal);
  });

  test("a quote is not of the future, but for what clocks differ; an old one is still a quote", () => {
    const at = (ahead: number) => ({ timestamp: new Date(NOW + ahead).toISOString() });
    expect(refusalOf("MarketQuote", at(5_000))).toBeUndefined();
    expect(refusalOf("MarketQuote", at(5_001))).toBe("data.timestamp: is in the future");
    expect(refusalOf("MarketQuote", at(-3_600_000))).toBeUndefined();
  });

  test.each([
    [7001, { account_id: 7001 }],
    [null, { account_id: null }],
    [undefined, { account_id: null }],
    ["7001", { reject: "account_id: must be an integer" }],
  ])("of the account %p becomes %j", (account_id, result) => {
    expect(parseEvent({ ...JSON.parse(SAMPLES.MarketQuote), account_id }, NOW)).toMatchObject(result);
  });
});

describe("a contract", () => {
  test.each([
    [{ tickSize: 0 }, "data.tickSize: must be above 0"],
    [{ tickValue: 0 }, "data.tickValue: must be above 0"],
    [{ tickSize: "0.25" }, "data.tickSize: must be a number"],
    [{ contractId: "" }, "data.contractId: is empty"],
    [{ symbolId: null }, "data.symbolId: must be text"],
    [{ name: 5 }, "data.name: must be text"],
    [{ name: null }, undefined],
    [{ contractId: undefined, id: "A" }, "data.contractId: is missing; id is the gateway's name for it"],
  ])("a contract with %j gets the refusal %p", (changes, refusal) => {
    expect(refusalOf("GatewayContract", changes)).toBe(refusal);
  });

  test("a contract without a name has none, and what else the gateway says of it is not passed on", () => {
    expect(dataOf("GatewayContract", { name: undefined, description: "Micro E-mini", activeContract: true })).toEqual({
      contractId: "CON.F.US.MES.Z25",
      name: null,
      symbolId: "F.US.MES",
      tickSize: 0.25,
      tickValue: 1.25,
    });
  });

  test("a contract is nobody's own", () => {
    expect(publish("GatewayContract")).toHaveProperty("account_id", null);
    expect(parseEvent({ ...JSON.parse(ALL_SAMPLES.GatewayContract), account_id: 7001 }, NOW)).toEqual({
      reject: "account_id: must be null for GatewayContract",
    });
  });
});

describe("the gateway's names", () => {
  const NAMES: [SampleName, string, string][] = [
    ["GatewayUserTrade", "quantity", "size"],
    ["GatewayUserTrade", "executionTime", "creationTimestamp"],
    ["GatewayUserPosition", "createdAt", "creationTimestamp"],
    ["GatewayUserOrder", "state", "status"],
    ["GatewayUserOrder", "createdAt", "creationTimestamp"],
    ["GatewayUserOrder", "updatedAt", "updateTimestamp"],
    ["MarketQuote", "bid", "bestBid"],
    ["MarketQuote", "ask", "bestAsk"],
    ["MarketQuote", "last", "lastPrice"],
  ];

  test.each(NAMES)("%s: for %s, the gateway's %s is refused", (name, feed, gateway) => {
    expect(refusalOf(name, { [feed]: undefined, [gateway]: 1 })).toBe(
      `data.${feed}: is missing; ${gateway} is the gateway's name for it`,
    );
  });

  test.each(NAMES)("%s: beside %s, the gateway's %s does no harm and is not passed on", (name, _, gateway) => {
    expect(dataOf(name, { [gateway]: 1 })).toEqual(dataOf(name, {}));
  });
});

describe("times that nobody gave, or that lie ahead", () => {
  const ABSENT_RECEIPTS: [SampleName, string][] = [
    ["GatewayUserTrade", "timestamp"],
    ["GatewayUserPosition", "updatedAt"],
    ["GatewayUserOrder", "updatedAt"],
    ["MarketQuote", "timestamp"],
    ["lockout_set", "locked_at"],
    ["enforcement_action", "timestamp"],
    ["daemon_status", "timestamp"],
  ];

  test.each(ABSENT_RECEIPTS)("the moment of receipt stands in %s for an absent %s", (name, member) => {
    expect(dataOf(name, { [member]: undefined })).toMatchObject({ [member]: "2025-11-05T00:00:00.000Z" });
  });

  test.each(ABSENT_RECEIPTS)("%s keeps the %s that it has", (name, member) => {
    const given = "2025-11-04T23:59:59Z";
    expect(dataOf(name, { [member]: given })).toMatchObject({ [member]: given });
  });

  const UNKNOWABLE: [SampleName, string][] = [
    ["GatewayUserTrade", "quantity"],
    ["GatewayUserTrade", "executionTime"],
    ["GatewayUserPosition", "createdAt"],
    ["GatewayUserOrder", "createdAt"],
    ["daily_reset", "previous_trade_count"],
  ];

  test.each(UNKNOWABLE)("%s may come without its %s, which nobody then makes up", (name, member) => {
    expect(dataOf(name, { [member]: undefined })).not.toHaveProperty(member);
  });

  test("a day does not end in the future, but for what clocks differ", () => {
    const at = (ahead: number) => ({ reset_time: new Date(NOW + ahead).toISOString() });
    expect(refusalOf("daily_reset", at(5_000))).toBeUndefined();
    expect(refusalOf("daily_reset", at(5_001))).toBe("data.reset_time: is in the future");
  });

  test("a position opened by a clock ahead of this one is not updated before it was opened", () => {
    const createdAt = new Date(NOW + 60_000).toISOString();
    expect(dataOf("GatewayUserPosition", { createdAt, updatedAt: undefined })).toMatchObject({ updatedAt: createdAt });
  });
});
