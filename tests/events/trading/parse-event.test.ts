import { describe, expect, test } from "bun:test";
import { parseEvent } from "../../../src/events/trading/parse-event.ts";
import { TRADING_EVENTS } from "../../../src/events/trading/trading-events.ts";
import { fc } from "../../rig/properties.ts";
import { dataOf, NOW } from "./publish.ts";
import { ALL_SAMPLES, SAMPLES } from "./samples.ts";

const KNOWN =
  "(known: GatewayUserTrade, GatewayUserPosition, GatewayUserOrder, MarketQuote, lockout_set, lockout_cleared, " +
  "enforcement_action, daily_reset, daemon_status, GatewayContract)";

function withEnvelope(changes: Readonly<Record<string, unknown>>, sample: string = SAMPLES.lockout_cleared) {
  return parseEvent(JSON.parse(JSON.stringify({ ...JSON.parse(sample), ...changes })), NOW);
}

test("the samples are of all types", () => {
  expect(Object.keys(ALL_SAMPLES)).toEqual(Object.keys(TRADING_EVENTS));
});

describe.each(Object.entries(ALL_SAMPLES))("%s", (_, sample) => {
  test("an event of each type goes out as it came in", () => {
    expect(JSON.stringify(parseEvent(JSON.parse(sample), NOW))).toBe(sample);
  });

  test("an event of each type is refused without any one member of its data that publishers must give, by its path", () => {
    const event = JSON.parse(sample);
    for (const member of Object.keys(event.data)) {
      const { [member]: _absent, ...data } = event.data;
      const result = parseEvent({ ...event, data }, NOW);
      if ("reject" in result) expect(result.reject).toBe(`data.${member}: is missing`);
      else expect(MAY_BE_ABSENT).toContain(member);
    }
  });

  test("an event of each type is refused without its data", () => {
    expect(withEnvelope({ data: undefined }, sample)).toEqual({ reject: "data: is missing" });
    expect(withEnvelope({ data: null }, sample)).toEqual({ reject: "data: must be an object" });
    expect(withEnvelope({ data: "x" }, sample)).toEqual({ reject: "data: must be an object" });
    expect(withEnvelope({ data: [] }, sample)).toHaveProperty("reject");
  });

  test("an event of each type belongs to an account, unless it is daemon_status, a contract or a broker's quote", () => {
    const { type } = JSON.parse(sample);
    const isForAll = ["daemon_status", "GatewayContract"].includes(type);
    expect("reject" in withEnvelope({ account_id: null }, sample)).toBe(!isForAll && type !== "MarketQuote");
    expect("reject" in withEnvelope({ account_id: 7002 }, sample)).toBe(isForAll);
    const unnamed = withEnvelope({ account_id: undefined }, sample);
    if (["GatewayContract", "MarketQuote"].includes(type)) expect(unnamed).toHaveProperty("account_id", null);
    else expect(unnamed).toEqual({ reject: "account_id: is missing" });
  });

  test("an event of each type is the same when it is parsed once more", () => {
    const once = parseEvent(JSON.parse(sample), NOW);
    expect(parseEvent(JSON.parse(JSON.stringify(once)), NOW + 1)).toEqual(once);
  });
});

/** What minimal publishers leave out. */
const MAY_BE_ABSENT = [
  "quantity",
  "executionTime",
  "createdAt",
  "updatedAt",
  "timestamp",
  "success",
  "details",
  "locked_at",
  "previous_trade_count",
  "name",
];

test.each([
  [null, "account_id: is null, but the event is of one account"],
  ["7001", "account_id: must be an integer"],
  [7001.5, "account_id: must be an integer of at most 2^53 - 1"],
  [2 ** 53, "account_id: must be an integer of at most 2^53 - 1"],
])("the account %p is refused", (account, reject) => {
  expect(withEnvelope({ account_id: account })).toEqual({ reject });
});

test.each([
  ["LockoutSet", "did you mean lockout_set? "],
  ["EnforcementAction", "did you mean enforcement_action? "],
  ["GatewayQuote", ""],
  ["connection_status", ""],
  ["constructor", ""],
  ["", ""],
])("the type %p is unknown", (type, guess) => {
  const separator = guess === "" ? " " : "; ";
  expect(withEnvelope({ type })).toEqual({ reject: `type: "${type}" is unknown${separator}${guess}${KNOWN}` });
});

test("a type of the daemon's own is told as that", () => {
  expect(withEnvelope({ type: "tunnel_state" })).toEqual({
    reject: "type: tunnel_state is the daemon's own; programs publish none",
  });
});

test("a very long type is shown in part", () => {
  expect(withEnvelope({ type: "x".repeat(100_000) })).toEqual({
    reject: `type: "${"x".repeat(60)}" is unknown ${KNOWN}`,
  });
});

test("an account's own data is never passed on", () => {
  expect(withEnvelope({ type: "GatewayUserAccount" })).toEqual({
    reject: "type: GatewayUserAccount is never passed on; publish none",
  });
});

test("the type is text", () => {
  expect(withEnvelope({ type: undefined })).toEqual({ reject: "type: is missing" });
  expect(withEnvelope({ type: 7 })).toEqual({ reject: "type: must be text" });
});

test.each([[null], [[]], ["{}"], [7], [true]])("%p is no event", (input) => {
  expect(parseEvent(input, NOW)).toEqual({
    reject: "the event: must be an object with type, account_id and data",
  });
});

test("members that the feed does not have are taken and not passed on", () => {
  expect(dataOf("GatewayUserTrade", { accountId: 7001, fees: 1.4, orderId: 2 ** 60, voided: false })).toEqual(
    JSON.parse(SAMPLES.GatewayUserTrade).data,
  );
  expect(withEnvelope({ seq: 7, epoch: "x" })).toEqual(JSON.parse(SAMPLES.lockout_cleared));
});

test("infinity, which JSON can spell, is refused", () => {
  const text = SAMPLES.MarketQuote.replace("6861.75", "1e999");
  expect(parseEvent(JSON.parse(text), NOW)).toEqual({
    reject: "data.ask: must be a number between -(2^53 - 1) and 2^53 - 1",
  });
});

test("no JSON makes it throw, and what it refuses it names", () => {
  const anything = fc.jsonValue({ maxDepth: 5 });
  const types = fc.oneof(fc.constantFrom<string>(...Object.keys(TRADING_EVENTS)), fc.string());
  const envelopes = fc.record({ type: types, account_id: anything, data: anything }, { requiredKeys: ["type"] });
  fc.assert(
    fc.property(fc.oneof(anything, envelopes), (input) => {
      const result = parseEvent(input, NOW);
      if ("reject" in result) expect(result.reject).toMatch(/^(?:the event|type|account_id|data(?:\.\w+)*): \S/);
    }),
    { numRuns: 2_000 },
  );
});

test("a sample with anything in place of one member is refused by that member's name, or goes out as good JSON", () => {
  let [taken, times] = [0, 0];
  const cases = fc
    .constantFrom(...Object.values(SAMPLES))
    .chain((sample) =>
      fc.tuple(
        fc.constant(sample),
        fc.constantFrom(...Object.keys(JSON.parse(sample).data)),
        fc.oneof(
          fc.jsonValue({ maxDepth: 4 }),
          fc.integer({ min: -1, max: 8 }),
          fc.double(),
          fc.constantFrom(TIME, WORD),
        ),
      ),
    );
  fc.assert(
    fc.property(cases, ([sample, member, value]) => {
      const event = JSON.parse(sample);
      const result = parseEvent({ ...event, data: { ...event.data, [member]: value } }, NOW);
      if ("reject" in result) {
        // A price or time in the wrong relation to another member is told of that other one.
        expect(result.reject).toMatch(/^data\.\w+(?:\.\w+)?: \S/);
        return;
      }
      taken += 1;
      const text = JSON.stringify(result);
      expect(text).not.toContain("NaN");
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(parseEvent(JSON.parse(text), NOW))));
      for (const [, time] of text.matchAll(/"(?:\w+_at|\w+At|\w*[tT]ime\w*|locked_until)":"([^"]*)"/g)) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/);
        times += 1;
      }
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(taken, times)).toBeGreaterThan(100);
});

const TIME = "2025-11-04 15:02:09.123456";
const WORD = "RULE-005";

test("a refusal names everything that is wrong at once, each member once", () => {
  expect(parseEvent({ type: "GatewayContract", account_id: 7, data: { id: "X", tickSize: 0 } }, 0)).toEqual({
    reject: [
      "data.contractId: is missing; id is the gateway's name for it",
      "account_id: must be null for GatewayContract",
      "data.symbolId: is missing",
      "data.tickSize: must be above 0",
      "data.tickValue: is missing",
    ].join("; "),
  });
});
