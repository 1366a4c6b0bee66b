import { describe, expect, test } from "bun:test";
import { beginState } from "../../../src/viewer/state/account-state.ts";
import { applyEvent, isQuiet } from "../../../src/viewer/state/apply-event.ts";
import { applyRows, applyTime } from "../../../src/viewer/state/apply-rows.ts";
import { listLockouts } from "../../../src/viewer/state/history.ts";
import { totalResult, totalUnrealised } from "../../../src/viewer/state/profit.ts";
import { CONTRACT, NOW } from "../fixture-database.ts";
import { after, KNOWN, lockout, order, position, quote, ROWS, trade } from "./sample-state.ts";

describe("trades", () => {
  test("trades count towards the day's result", () => {
    expect(after(trade(-37.5), trade(10))).toMatchObject({ realised: -2.5, tradeCount: 3 });
  });

  test("half a round trip, and a trade without sense, change nothing", () => {
    expect(after(trade(null))).toBe(KNOWN);
    expect(after({ type: "GatewayUserTrade", data: { profitAndLoss: "much" } })).toBe(KNOWN);
  });

  test("trades that the gateway tells again count once", () => {
    const told = trade(10);
    expect(after(told, told)).toMatchObject({ realised: 35, tradeCount: 2 });
    const known = { ...told, data: { ...told.data, id: KNOWN.trades[0]?.id } };
    expect(after(known)).toBe(KNOWN);
  });

  test("trades of an earlier day, told late, belong to that", () => {
    expect(after(trade(-37.5, "2025-11-03T21:59:59Z"))).toMatchObject({ realised: 25, tradeCount: 1 });
  });

  test("trades on an unknown result stay unknown", () => {
    const state = applyEvent(beginState(7_001, NOW), { account_id: 7_001, ...trade(5) }, NOW);
    expect(state).toMatchObject({ realised: undefined, tradeCount: undefined, trades: [{ result: 5 }] });
  });
});

test("what the database contained when it was read is not applied again; quotes and status are not in there", () => {
  for (const event of [trade(1), position(1, 1), order(1), lockout]) expect(after({ ...event, seq: 10 })).toBe(KNOWN);
  expect(after({ ...quote(6810), seq: 10 }).quotes.size).toBe(1);
  expect(after({ type: "daemon_status", data: { status: "RUNNING" }, seq: 10 }).daemon?.status).toBe("RUNNING");
});

describe("positions", () => {
  test("positions are opened, changed, and gone at size 0", () => {
    expect(after(position(1, 1), position(1, 3)).positions.get(5)).toMatchObject({ side: "long", size: 3 });
    expect(after(position(1, 1), position(1, 0)).positions.size).toBe(0);
  });

  test.each([
    [1, 220],
    [2, -220],
  ])("type %p: the result is counted in ticks", (type, result) => {
    const state = after(position(type, 4), quote(6811));
    expect(totalUnrealised(state)).toBe(result);
    expect(totalResult(state)).toBe(25 + result);
  });

  test("without a price, a tick or a side nobody knows a position's result", () => {
    expect(totalUnrealised(after(position(1, 1)))).toBeUndefined();
    expect(totalUnrealised(after(position(3, 1), quote(6811)))).toBeUndefined();
    const other = { ...position(1, 1), data: { ...position(1, 1).data, contractId: "OTHER" } };
    expect(totalUnrealised(after(other, quote(6811)))).toBeUndefined();
    expect(totalUnrealised(KNOWN)).toBe(0);
  });

  test("the extremes of the result are kept", () => {
    const { extremes } = after(position(1, 1), quote(6798), quote(6803), quote(6801));
    expect(extremes).toMatchObject({ lowest: { amount: -10 }, highest: { amount: 15 } });
  });
});

describe("orders", () => {
  test("on the wire 2 is a filled order, 3 a cancelled one, 4 a rejected one: such an order disappears", () => {
    for (const state of [2, 3, 4]) expect(after(order(1), order(state)).orders.size).toBe(0);
  });

  test("a state that nobody knows is still an order", () => {
    expect(after(order(7)).orders.get(9)).toMatchObject({ state: 7, stopPrice: 6875.25, limitPrice: undefined });
  });
});

describe("contracts", () => {
  const contract = (data: Record<string, unknown>) => ({
    type: "GatewayContract",
    data: { contractId: "OTHER", name: null, symbolId: "F.US.OTHER", tickSize: 0.5, tickValue: 5, ...data },
  });
  const other = { ...position(1, 2, 100), data: { ...position(1, 2, 100).data, contractId: "OTHER" } };
  const price = { ...quote(103), data: { ...quote(103).data, contractId: "OTHER" } };

  test("contracts make a result known that was not, and the last word counts", () => {
    expect(totalUnrealised(after(other, price))).toBeUndefined();
    const state = after(other, price, contract({}));
    expect(totalUnrealised(state)).toBe(60);
    expect(state.extremes?.highest.amount).toBe(60);
    expect(totalUnrealised(after(other, price, contract({}), contract({ tickValue: 10 })))).toBe(120);
  });

  test("contracts without sense change nothing", () => {
    for (const tickSize of [0, -1, null, "0.5"]) expect(after(contract({ tickSize }))).toBe(KNOWN);
  });
});

test("an older quote does not replace a newer one", () => {
  expect(after(quote(6811), quote(6700, "2025-11-04T14:59:59Z")).quotes.get(CONTRACT)?.last).toBe(6811);
});

describe("lockouts", () => {
  test("a second one replaces the first, and both are remembered", () => {
    const second = {
      type: "lockout_set",
      data: { ...lockout.data, rule_id: "RULE-003", locked_at: "2025-11-04T15:00:01Z" },
    };
    const state = after(lockout, second);
    expect(state.lockout).toMatchObject({ rule: "RULE-003", until: undefined });
    expect(listLockouts(state).map(({ rule }) => rule)).toEqual(["RULE-003", "RULE-007"]);
  });

  test("lockouts that a snapshot repeats are neither news nor past ones", () => {
    const repeated = { type: "lockout_set", data: { ...lockout.data, locked_at: "2025-11-04T14:59:58Z" } };
    const current = { rule: "RULE-007", reason: "cooldown", from: NOW - 2_000, until: undefined };
    const done = { at: NOW - 1_000, rule: "RULE-007", kind: "COOLDOWN", reason: "done", success: true };
    const rows = applyRows(KNOWN, { ...ROWS, lockout: current, lockingActions: [done] }, NOW);
    const state = applyEvent(rows, { seq: 11, account_id: 7_001, ...repeated }, NOW);
    expect(state).toMatchObject({ lockout: current, notices: [] });
    expect(listLockouts(state)).toEqual([current]);
  });

  test("lockouts are cleared by name, or with the reset", () => {
    expect(after(lockout, { type: "lockout_cleared", data: {} }).lockout).toBeUndefined();
    expect(after(lockout, { type: "daily_reset", data: { lockouts_cleared: true } }).lockout).toBeUndefined();
    expect(after(lockout, { type: "daily_reset", data: { lockouts_cleared: false } }).lockout).toBeDefined();
  });

  test("lockouts are over when their time is, though nobody says so", () => {
    const until = { type: "lockout_set", data: { ...lockout.data, locked_until: "2025-11-04T15:00:10Z" } };
    const state = after(until);
    expect(applyTime(state, NOW + 10_500).lockout).toBeDefined();
    expect(applyTime(state, NOW + 12_000).lockout).toBeUndefined();
    expect(applyTime(after(lockout), NOW + 3_600_000).lockout).toBeDefined();
  });
});

test("a reset begins anew; trades after it that were told before it keep counting", () => {
  const reset = { type: "daily_reset", data: { reset_time: "2025-11-04T14:59:30Z", previous_pnl: 26 } };
  const state = after(trade(1), trade(2, "2025-11-04T14:59:40Z"), reset);
  expect(state).toMatchObject({ realised: 2, tradeCount: 1, trades: [{ result: 2 }] });
});

test("a trade from before a reset, told after it, counts no more", () => {
  const reset = { type: "daily_reset", data: { reset_time: "2025-11-04T14:59:30Z", previous_pnl: 26 } };
  const state = after(reset, trade(5, "2025-11-04T14:59:29Z"), trade(2, "2025-11-04T14:59:31Z"));
  expect(state).toMatchObject({ realised: 2, tradeCount: 1 });
});

test("a reset that ends the trading day begins the next one", () => {
  const at = Date.parse("2025-11-04T22:00:05Z");
  const reset = { type: "daily_reset", account_id: 7_001, data: { reset_time: "2025-11-04T22:00:00Z" } };
  const state = applyEvent(KNOWN, reset, at);
  expect(state).toMatchObject({ day: { date: "2025-11-05", start: at - 5_000 }, realised: 0, tradeCount: 0 });
  expect(applyTime(state, at)).toBe(state);
});

test("a reset from the future counts from now", () => {
  const state = after(
    { type: "daily_reset", data: { reset_time: "2026-11-04T15:00:00Z" } },
    trade(2, "2025-11-04T15:00:00Z"),
  );
  expect(state).toMatchObject({ day: { date: "2025-11-04", start: NOW }, realised: 2, tradeCount: 1 });
});

test("trades of the new day that were told before the clock was looked at keep counting", () => {
  const state = after(trade(2, "2025-11-04T22:00:00.300Z"));
  const next = applyTime(state, Date.parse("2025-11-04T22:00:01Z"));
  expect(next).toMatchObject({ day: { date: "2025-11-05" }, realised: 2, tradeCount: 1, trades: [{ result: 2 }] });
});

test("at 17:00 in New York the day and its result roll over", () => {
  const before = applyTime(KNOWN, Date.parse("2025-11-04T21:59:59Z"));
  const next = applyTime(KNOWN, Date.parse("2025-11-04T22:00:00Z"));
  expect(before).toBe(KNOWN);
  expect(next).toMatchObject({ day: { date: "2025-11-05" }, realised: 0, tradeCount: 0, trades: [] });
  expect(applyTime(beginState(7_001, NOW), NOW + 86_400_000).realised).toBeUndefined();
});

test("unknown events change nothing; quotes and contracts are quiet", () => {
  expect(after({ type: "toString", data: {} }, { type: "tunnel_state", data: {} })).toBe(KNOWN);
  expect(["MarketQuote", "GatewayContract", "GatewayUserTrade"].map((type) => isQuiet({ type }))).toEqual([
    true,
    true,
    false,
  ]);
});

test("the database's state replaces what was held; quotes and the daemon's word stay", () => {
  const state = after(position(1, 1), quote(6811), lockout, { type: "daemon_status", data: { status: "RUNNING" } });
  const again = applyRows(state, ROWS, NOW);
  expect(again).toMatchObject({ lockout: undefined, realised: 25, daemon: { status: "RUNNING" } });
  expect(listLockouts(again)).toMatchObject([{ rule: "RULE-007", reason: "cooldown" }]);
  expect([again.positions.size, again.quotes.size]).toEqual([0, 1]);
});
