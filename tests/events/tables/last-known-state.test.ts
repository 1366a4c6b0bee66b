import { expect, test } from "bun:test";
import type { WireEvent } from "../../../src/events/event.ts";
import { fc } from "../../rig/properties.ts";
import {
  ACCOUNT,
  brokerQuote,
  contract,
  createFeedScene,
  dailyReset,
  dumpState,
  enforcement,
  lockout,
  lockoutCleared,
  NOON,
  order,
  position,
  quote,
  trade,
} from "../feed-rig.ts";

const accounts = fc.constantFrom(7001, 7002);

const ids = fc.integer({ min: 1, max: 3 });

const times = fc.integer({ min: NOON - 40 * 3_600_000, max: NOON }).map((at) => new Date(at).toISOString());

const anyEvent: fc.Arbitrary<WireEvent> = fc.oneof(
  fc.tuple(fc.integer({ min: -400, max: 400 }), times, accounts).map(([result, at, of]) => trade(result / 4, at, of)),
  fc.tuple(ids, fc.integer({ min: 0, max: 2 }), accounts).map((parts) => position(...parts)),
  fc.tuple(ids, fc.integer({ min: 1, max: 4 }), accounts).map(([id, state, of]) => order(id, state, {}, of)),
  fc.tuple(fc.option(times), fc.string(), accounts).map((parts) => lockout(...parts)),
  accounts.map((of) => lockoutCleared(of)),
  accounts.map((of) => enforcement({}, of)),
  fc.tuple(times, fc.boolean(), accounts).map((parts) => dailyReset(...parts)),
  accounts.map((of) => quote("A", 1, of)),
  fc.constantFrom("CON.F.US.MES.Z25", "A").map((name) => brokerQuote(name)),
  fc.tuple(fc.constantFrom("A", "B"), fc.constantFrom(0.25, 0.5)).map((parts) => contract(...parts)),
);

test("positions: one row while open, none at size 0", async () => {
  await using scene = createFeedScene();
  const query = `SELECT id, contract_id, type, size, average_price FROM positions WHERE account_id = ${ACCOUNT}`;
  await scene.feed.publish([position(1, 1), position(2, 5), position(1, 3)]);
  const row = { contract_id: "CON.F.US.MES.Z25", type: 2, average_price: 6862.75 };
  expect(scene.rows(query)).toEqual([
    { id: 1, size: 3, ...row },
    { id: 2, size: 5, ...row },
  ]);
  await scene.feed.publish([position(1, 0)]);
  expect(scene.rows(query)).toEqual([{ id: 2, size: 5, ...row }]);
});

test("orders: in the database's numbers while working, none when filled, cancelled or rejected", async () => {
  await using scene = createFeedScene();
  const query = `SELECT id, contract_id, type, side, size, limit_price, stop_price, state FROM orders
    WHERE account_id = ${ACCOUNT} ORDER BY id`;
  const row = { contract_id: "CON.F.US.MES.Z25", size: 1, state: 2 };
  await scene.feed.publish([
    order(1, 1),
    order(2, 1, { type: 1, side: 2, stopPrice: null }),
    order(3, 1, { type: 2, limitPrice: 6850.5, stopPrice: null }),
    order(4, 1, { type: 4, limitPrice: 6850.5 }),
  ]);
  expect(scene.rows(query)).toEqual([
    { id: 1, type: 4, side: 0, limit_price: null, stop_price: 6875.25, ...row },
    { id: 2, type: 2, side: 1, limit_price: null, stop_price: null, ...row },
    { id: 3, type: 1, side: 0, limit_price: 6850.5, stop_price: null, ...row },
    { id: 4, type: 3, side: 0, limit_price: 6850.5, stop_price: 6875.25, ...row },
  ]);
  await scene.feed.publish([order(1, 2), order(2, 3), order(3, 4), order(9, 2)]);
  expect(scene.rows(query)).toMatchObject([{ id: 4 }]);
});

test("orders: what the wire has no meaning for, or the database no number, comes back as it was, and is never final", async () => {
  await using scene = createFeedScene();
  const odd = [
    { state: 0, type: 0 },
    { state: 5, type: 9 },
    { state: 99, side: 3 },
    { state: 6, side: 0 },
  ];
  const orders = odd.map(({ state, ...more }, index) => order(index + 1, state, more));
  await scene.feed.publish(orders);
  expect(scene.rows("SELECT count(*) AS count FROM orders WHERE state NOT IN (3, 4, 5)")).toEqual([{ count: 4 }]);
  expect(scene.rows("SELECT count(*) AS count FROM orders WHERE type = 1 OR type = 2")).toEqual([{ count: 0 }]);
  const feed = await scene.reopen();
  expect([...feed.snapshot()].map(({ seq: _, ...event }) => event)).toEqual(orders);
});

test("contracts: one row each, the last word counts, and the oldest go beyond 10,000", async () => {
  let now = NOON;
  await using scene = createFeedScene({ now: () => now });
  await scene.feed.publish([contract("A", 0.25), contract("B", 1), contract("C", 1)]);
  now += 1_000;
  await scene.feed.publish([contract("A", 0.5)]);
  expect(scene.rows("SELECT * FROM contract_cache ORDER BY contract_id LIMIT 1")).toEqual([
    { contract_id: "A", tick_size: 0.5, tick_value: 1.25, symbol_id: "F.US.A", name: "a", cached_at: iso(now) },
  ]);
  now += 1_000;
  for (let round = 0; round < 10; round += 1)
    await scene.feed.publish(Array.from({ length: round === 9 ? 998 : 1_000 }, (_, n) => contract(`${round} ${n}`, 1)));
  expect(scene.rows("SELECT count(*) AS count FROM contract_cache")).toEqual([{ count: 10_000 }]);
  expect(scene.rows("SELECT contract_id FROM contract_cache WHERE contract_id IN ('A', 'B', 'C')")).toEqual([
    { contract_id: "A" },
    { contract_id: "C" },
  ]);
});

test("lockouts: one row per account, the second replaces the first, cleared ones are not locked", async () => {
  await using scene = createFeedScene();
  const query = "SELECT account_id, is_locked, reason, locked_until, rule_id FROM lockouts ORDER BY account_id";
  await scene.feed.publish([
    lockout(null, "first"),
    lockout("2025-11-04T16:00:00Z", "second"),
    lockout(null, "x", 7002),
  ]);
  const rule = { rule_id: "RULE-003", is_locked: 1 };
  expect(scene.rows(query)).toEqual([
    { account_id: ACCOUNT, reason: "second", locked_until: "2025-11-04T16:00:00.000Z", ...rule },
    { account_id: 7002, reason: "x", locked_until: null, ...rule },
  ]);
  await scene.feed.publish([lockoutCleared(), lockoutCleared(7003)]);
  expect(scene.rows(query)).toEqual([
    { account_id: ACCOUNT, is_locked: 0, reason: null, locked_until: null, rule_id: null },
    { account_id: 7002, reason: "x", locked_until: null, ...rule },
  ]);
  expect(scene.rows(`SELECT updated_at FROM lockouts WHERE account_id = ${ACCOUNT}`)).toEqual([
    { updated_at: "2025-11-04T15:10:00.000Z" },
  ]);
});

test("enforcement: every action, with what it did; success unknown where it is not said", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([
    enforcement({ success: true, details: { positions_closed: 1 }, execution_time_ms: 12 }),
    enforcement({ success: false }),
    enforcement(),
  ]);
  const row = { timestamp: "2025-11-04T15:20:31.000Z", rule_id: "RULE-007", action: "COOLDOWN", reason: "loss" };
  expect(
    scene.rows(`SELECT timestamp, rule_id, action, reason, success, details, execution_time_ms FROM enforcement_log
      WHERE account_id = ${ACCOUNT} ORDER BY id`),
  ).toEqual([
    { ...row, success: 1, details: '{"positions_closed":1}', execution_time_ms: 12 },
    { ...row, success: 0, details: null, execution_time_ms: null },
    { ...row, success: null, details: null, execution_time_ms: null },
  ]);
});

test("the table schema_version names the version of the schema", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish([quote("A")]);
  expect(scene.rows("SELECT version FROM schema_version")).toEqual([{ version: 1 }]);
});

test("payloads with nothing in them are stored, change no state that needs more, and break nothing", async () => {
  await using scene = createFeedScene();
  const types = ["Trade", "Position", "Order"].map((name) => `GatewayUser${name}`);
  const empty = [
    ...types,
    "lockout_set",
    "lockout_cleared",
    "enforcement_action",
    "daily_reset",
    "GatewayContract",
  ].map((type) => ({
    type,
    account_id: ACCOUNT,
    data: {},
  }));
  await scene.feed.publish([...empty, ...empty.map((event) => ({ ...event, account_id: null }))]);
  expect(scene.feed.replay(0).events).toHaveLength(16);
  for (const table of ["trade_history", "positions", "orders", "contract_cache"])
    expect(scene.rows(`SELECT * FROM ${table}`)).toEqual([]);
});

test("old rows go: results after 90 days, trades after 7, actions after a year", async () => {
  let now = NOON;
  await using scene = createFeedScene({ now: () => now });
  await scene.feed.publish([trade(1, AT), enforcement()]);
  const counts = () =>
    scene.rows(`SELECT (SELECT count(*) FROM trade_history) AS trades, (SELECT count(*) FROM daily_pnl) AS results,
      (SELECT count(*) FROM enforcement_log) AS actions`);
  for (const [days, trades, results, actions] of [
    [6, 1, 1, 1],
    [8, 0, 1, 1],
    [91, 0, 0, 1],
    [366, 0, 0, 0],
  ] as const) {
    now = NOON + days * 86_400_000;
    await scene.feed.publish([position(1, 0)]);
    expect(counts()).toEqual([{ trades, results, actions }]);
  }
});

test("events applied one by one or in batches, over restarts or not, give the same tables", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(anyEvent, { maxLength: 6 }), { maxLength: 12 }), async (batches) => {
      await using single = createFeedScene();
      await using batched = createFeedScene();
      await using restarted = createFeedScene();
      for (const event of batches.flat()) await single.feed.publish([event]);
      await Promise.all(batches.map((batch) => batched.feed.publish(batch)));
      for (const batch of batches) {
        await restarted.feed.publish(batch);
        await restarted.reopen();
      }
      const expected = single.feed.lastSeq === 0 ? undefined : dumpState(single.path);
      if (expected === undefined) return;
      expect(dumpState(batched.path)).toEqual(expected);
      expect(dumpState(restarted.path)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

// The queries are those of programs that read the tables: docs/protocols/events.md, Last known state.

const AT = iso(NOON);

function iso(at: number): string {
  return new Date(at).toISOString();
}

test("1,000 positions of an account are remembered, also where one call has changed those of many accounts", async () => {
  await using scene = createFeedScene();
  await scene.feed.publish(Array.from({ length: 1_000 }, (_, id) => position(id + 1, 1)));
  const others = Array.from({ length: 30 }, (_, number) => position(2_000 + number, 1, 8_000 + number));
  await scene.feed.publish([position(1_001, 1), ...others]);
  expect(scene.rows(`SELECT count(*) AS count FROM positions WHERE account_id = ${ACCOUNT}`)).toEqual([
    { count: 1_000 },
  ]);
  expect(scene.rows("SELECT count(*) AS count FROM positions")).toEqual([{ count: 1_030 }]);
});
