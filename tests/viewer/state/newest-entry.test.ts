import { describe, expect, test } from "bun:test";
import { applyEvent } from "../../../src/viewer/state/apply-event.ts";
import { NOW } from "../fixture-database.ts";
import { KNOWN, lockout, order, position, quote, trade } from "./sample-state.ts";

describe("the newest entry", () => {
  const newest = (event: object, change: object = {}) =>
    applyEvent(KNOWN, { seq: 11, account_id: 7_001, type: "", data: {}, ...event, ...change }, NOW).newestEntry;

  test("the newest entry is any event of the account that the database keeps", () => {
    for (const event of [trade(1), position(1, 1), order(1), order(2), lockout]) expect(newest(event)).toBe(NOW);
  });

  test("the newest entry is no quote, none of nobody, none without sense, and no part of a snapshot", () => {
    expect(newest(quote(6811))).toBe(NOW - 60_000);
    expect(newest({ type: "daemon_status", data: { status: "RUNNING" } }, { account_id: null })).toBe(NOW - 60_000);
    expect(newest({ type: "GatewayUserPosition" })).toBe(NOW - 60_000);
    expect(newest(position(1, 1), { isNews: false })).toBe(NOW - 60_000);
    expect(newest(position(1, 1), { seq: 10 })).toBe(NOW - 60_000);
  });
});
