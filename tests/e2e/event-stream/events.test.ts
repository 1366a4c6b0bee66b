import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { listenTo } from "../../api/stream/listener.ts";
import { SAMPLES } from "../../events/trading/samples.ts";
import { until } from "../../rig/until.ts";
import { findReopening, nameTradingDay } from "./new-york.ts";
import { action, cleared, lockout, order, position, quote, reset, type SampleEvent, trade } from "./sample-events.ts";
import { type StreamDaemon, startStreamDaemon } from "./stream-daemon.ts";

let daemon: StreamDaemon;
beforeAll(async () => {
  daemon = await startStreamDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

/** Publishes, and resolves with the answer and with what a listener heard up to a last event that is sure to come. */
async function publishAndHear(...events: readonly SampleEvent[]) {
  using client = await listenTo(daemon.url);
  const { accepted, results } = await daemon.publish(...events);
  await daemon.publish(cleared(999));
  await until("the last", () => client.texts.some((text) => text.includes(":999,")));
  const heard = client.texts.slice(0, -1).map((text) => JSON.parse(text));
  return { accepted, errors: results.map((result) => ("error" in result ? result.error : "")), heard };
}

function ask(sql: string): unknown[] {
  using database = new Database(daemon.database, { readonly: true });
  return database.query(sql).all();
}

test("each of the nine types goes out as it came, every member with its type, and its number", async () => {
  const samples = Object.values(SAMPLES);
  using client = await listenTo(daemon.url);
  expect(await daemon.publishLines(...samples)).toMatchObject({ code: 0, output: "9 accepted, 0 rejected\n" });
  await client.received(9);
  const first = client.numbers()[0] ?? 0;
  expect(client.texts).toEqual(samples.map((sample, index) => sample.replace("{", `{"seq":${first + index},`)));
});

test("daemon_status has no account, and what concerns an account never lacks it", async () => {
  const owned = Object.values(SAMPLES)
    .map((text): SampleEvent => JSON.parse(text))
    .filter(({ type }) => type !== "daemon_status" && type !== "MarketQuote");
  const { accepted, errors, heard } = await publishAndHear(...owned.map((event) => ({ ...event, account_id: null })), {
    ...JSON.parse(SAMPLES.daemon_status),
    account_id: 7_001,
  });
  expect([accepted, heard]).toEqual([0, []]);
  for (const error of errors) expect(error).toStartWith("account_id: ");
  // A quote may come without one: then it is told to whoever holds something in its contract, or to nobody.
  const others = await publishAndHear({ ...quote(0, 5), account_id: null }, JSON.parse(SAMPLES.daemon_status));
  expect(others.heard.filter(({ account_id }) => account_id === null).map(({ type }) => type)).toEqual([
    "daemon_status",
  ]);
});

test("null passes where it means something", async () => {
  const { accepted, heard } = await publishAndHear(lockout(13, { locked_until: null }), order(13));
  expect(accepted).toBe(2);
  expect(heard).toMatchObject([{ data: { locked_until: null } }, { data: { limitPrice: null, stopPrice: null } }]);
});

test("an order without the price that its type needs is refused and not sent", async () => {
  const { accepted, errors, heard } = await publishAndHear(
    order(14, { type: 2 }),
    order(14, { type: 2, limitPrice: 0 }),
    order(14, { type: 4, stopPrice: 5 }),
    order(14, { type: 3, limitPrice: 5 }),
  );
  expect([accepted, heard]).toEqual([0, []]);
  expect(errors.map((error) => error.split(":")[0])).toEqual([
    ...Array<string>(3).fill("data.limitPrice"),
    "data.stopPrice",
  ]);
});

describe("the numbers of an order", () => {
  const prices = { limitPrice: 5, stopPrice: 5 };
  test.each([
    ["market", 1, 2],
    ["limit", 2, 1],
    ["stop", 3, 4],
    ["stop-limit", 4, 3],
    ["trailing stop", 5, 5],
  ])("type %s: the wire's %d is %d in SQLite, and is read back as it was", async (_, wire, stored) => {
    await publishAndHear(order(150 + wire, { type: wire, side: 1 + (wire % 2), ...prices }));
    expect(ask(`SELECT type, side, state FROM orders WHERE id = ${150 + wire}`)).toEqual([
      { type: stored, side: wire % 2, state: 2 },
    ]);
    using client = await listenTo(`${daemon.url}?snapshot=1&account=${150 + wire}&types=GatewayUserOrder`);
    const [text = ""] = await client.received(1);
    expect(JSON.parse(text)).toMatchObject({ data: { type: wire, side: 1 + (wire % 2), state: 1 } });
  });

  test.each([2, 3, 4])("the wire's state %d is final: the order has no row any more", async (state) => {
    await publishAndHear(order(160), order(160, { state }));
    expect(ask("SELECT id FROM orders WHERE id = 160")).toEqual([]);
  });

  test("numbers that the gateway alone has are refused, not taken for something else", async () => {
    const { accepted, heard } = await publishAndHear(
      ...[order(170, { type: 6, ...prices }), order(170, { type: 7, ...prices }), order(170, { side: 0 })],
      ...[order(170, { state: 5 }), order(170, { state: 6 })],
    );
    expect([accepted, heard]).toEqual([0, []]);
  });
});

test("a closed position is told with size 0, and has no row any more", async () => {
  const { heard } = await publishAndHear(position(16, { size: 2 }), position(16, { size: 0 }));
  expect(heard.map(({ data }) => data.size)).toEqual([2, 0]);
  expect(ask("SELECT id FROM positions WHERE id = 16")).toEqual([]);
});

test("half a round trip is no event", async () => {
  const { accepted, errors, heard } = await publishAndHear(trade(17, { profitAndLoss: null }));
  expect([accepted, heard]).toEqual([0, []]);
  expect(errors[0]).toStartWith("data.profitAndLoss: is null");
});

test("inverted and zero quotes are no events, and are counted", async () => {
  const rejected = async () => Number(/^wpdaemon_events_rejected_total (\d+)$/m.exec(await daemon.metrics())?.[1]);
  const before = await rejected();
  const { heard } = await publishAndHear(
    quote(18, 5, { ask: 4.75 }),
    quote(18, 5, { bid: 0 }),
    quote(18, 5, { last: -1 }),
    quote(18, 5),
  );
  expect([heard.length, await rejected()]).toEqual([1, before + 3]);
});

test("times go out in UTC with Z, whatever form they came in", async () => {
  const forms = [
    "2025-11-04T15:05:00",
    "2025-11-04T15:05:00+00:00",
    "2025-11-04 15:05:00",
    "2025-11-04T10:05:00-05:00",
  ];
  const { heard } = await publishAndHear(
    ...forms.map((form) => lockout(19, { locked_at: form, locked_until: form })),
    lockout(19, { locked_at: "2025-11-04T15:05:00.123456Z" }),
    { type: "lockout_set", account_id: 19, data: { reason: "", locked_until: null, rule_id: "RULE-001" } },
  );
  for (const { data } of heard.slice(0, 4)) {
    expect(data).toMatchObject({ locked_at: "2025-11-04T15:05:00Z", locked_until: "2025-11-04T15:05:00Z" });
  }
  expect(heard[4].data.locked_at).toBe("2025-11-04T15:05:00.123Z");
  expect(heard[5].data.locked_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("neither NaN nor Infinity nor a number that would be rounded gets in", async () => {
  const wrong = ["NaN", "Infinity", "1e999", "-1e999"].map((number) =>
    JSON.stringify(trade(19)).replace('"profitAndLoss":1', `"profitAndLoss":${number}`),
  );
  const rounded = JSON.stringify(trade(19, { id: 1 })).replace('"id":1', '"id":9007199254740993');
  using client = await listenTo(daemon.url);
  expect(await daemon.publishLines(...wrong, rounded, JSON.stringify(cleared(19)))).toMatchObject({
    code: 1,
    output: "1 accepted, 5 rejected\n",
  });
  await client.received(1);
  expect(client.types()).toEqual(["lockout_cleared"]);
});

test("a breach is told in the order in which it happened, and the locked account's positions after it", async () => {
  const story = [
    trade(20, { profitAndLoss: -600 }),
    lockout(20),
    action(20, { details: { positions_closed: 1, orders_canceled: 0 } }),
    position(20, { size: 0 }),
    position(20, { id: 21, size: 1 }),
  ];
  const { heard } = await publishAndHear(...story);
  const numbers = heard.map(({ seq }) => seq);
  expect(numbers).toEqual(story.map((_, index) => numbers[0] + index));
  expect(heard.map(({ seq: _, ...event }) => event)).toEqual(story);
  expect(ask("SELECT is_locked FROM lockouts WHERE account_id = 20")).toEqual([{ is_locked: 1 }]);
  expect(ask("SELECT id FROM positions WHERE account_id = 20")).toEqual([{ id: 21 }]);
});

test.each([
  ["before", 221],
  ["after", 222],
])("a reset, and %s it that the lockout has gone, end both it and the result", async (when, account) => {
  const earlier = trade(account, { profitAndLoss: -5, executionTime: ago(9) });
  const ends = [cleared(account, "DAILY_RESET"), reset(account, { reset_time: ago(5) })];
  const story = when === "before" ? ends : ends.toReversed();
  const { heard } = await publishAndHear(earlier, lockout(account), ...story);
  expect(heard.slice(2).map(({ type }) => type)).toEqual(story.map(({ type }) => type));
  expect(ask(`SELECT is_locked FROM lockouts WHERE account_id = ${account}`)).toEqual([{ is_locked: 0 }]);
  expect(ask(`SELECT realized_pnl FROM daily_pnl WHERE account_id = ${account}`)).toContainEqual({ realized_pnl: 0 });
});

test("an account of the gateway is never passed on", async () => {
  const account = { id: 23, name: "A", balance: 1, canTrade: true, isVisible: true, simulated: false };
  const { heard, errors } = await publishAndHear({ type: "GatewayUserAccount", account_id: 23, data: account });
  expect([heard, errors]).toEqual([[], ["type: GatewayUserAccount is never passed on; publish none"]]);
});

test("what is traded from 17:00 in New York on belongs to the next day's result", async () => {
  const reopened = findReopening(Date.now());
  const at = (time: number) => new Date(time).toISOString();
  await publishAndHear(
    trade(37, { profitAndLoss: -5, executionTime: at(reopened - 1_000) }),
    trade(37, { profitAndLoss: 7, executionTime: at(reopened) }),
  );
  expect(ask("SELECT date, realized_pnl FROM daily_pnl WHERE account_id = 37 ORDER BY date")).toEqual([
    { date: at(reopened).slice(0, 10), realized_pnl: -5 },
    { date: nameTradingDay(reopened), realized_pnl: 7 },
  ]);
});

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString();
}
