import { describe, expect, test } from "bun:test";
import { TABS } from "../../../src/viewer/screen/screen.ts";
import type { AccountState } from "../../../src/viewer/state/account-state.ts";
import { CONTRACT, NOW } from "../fixture-database.ts";
import { HELD, KNOWN, screen } from "./sample-screen.ts";

describe("every tab", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("%p fits any terminal", (tab) => {
    for (const [columns, rows] of [
      [80, 24],
      [20, 5],
      [1, 1],
    ] as const) {
      const lines = screen({ tab, columns, rows, state: HELD }).split("\n");
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  test("every tab has its name in the bar, which fits into 78 columns", () => {
    const bar = screen().split("\n")[1] ?? "";
    expect(bar.trimEnd().length).toBeLessThanOrEqual(78);
    for (const [index, { name }] of TABS.entries()) expect(bar).toContain(`${index + 1} ${name}`);
  });

  test("every tab says so where it has more than the terminal shows", () => {
    expect(screen({ rows: 10 })).toContain("a taller terminal shows more");
    expect(screen({ rows: 24 })).not.toContain("a taller terminal");
  });
});

test("1: an unknown result is a dash, never 0", () => {
  const unknown = screen({ state: { ...HELD, realised: undefined } });
  expect(unknown).toMatch(/Realised +-\n/);
  expect(unknown).toMatch(/Unrealised +-\n/);
  const priced = { ...HELD, quotes: new Map([[CONTRACT, { bid: 6861, ask: 6861, last: 6861.75, at: NOW }]]) };
  expect(screen({ state: priced })).toMatch(/Unrealised +\+15\.00\nTotal +\+2\.50\n/);
});

test("2: the trades, the newest first, with the day's result after each", () => {
  const text = screen({ tab: 2 });
  expect(text).toMatch(/14:55:00 .* -50\.00 +-12\.50\n14:50:00 .* \+37\.50 +\+37\.50\n/);
});

test("3: orders by meaning, unknown kinds by number, quotes by their age", () => {
  const order = { id: 9, contract: CONTRACT, size: 1, limitPrice: 1, stopPrice: 2, createdAt: NOW, updatedAt: NOW };
  const quote = { bid: 1, ask: 2, last: 1.5 };
  const text = screen({
    tab: 3,
    state: {
      ...HELD,
      orders: new Map([
        [9, { ...order, type: 4, side: 2, state: 1 }],
        [10, { ...order, type: 8, side: 0, state: 7 }],
      ]),
      quotes: new Map([
        ["FRESH", { ...quote, at: NOW - 5_000 }],
        ["OLD", { ...quote, at: NOW - 5_001 }],
        ["NONE", { ...quote, at: NOW - 30_001 }],
      ]),
    },
  });
  expect(text).toMatch(/stop-limit +sell +1 +2 \/ 1 +working/);
  expect(text).toMatch(/type 8 +side 0 +1 +2 \/ 1 +state 7/);
  expect(text).toMatch(/FRESH .* fresh, 5s/);
  expect(text).toMatch(/OLD .* stale, 5s/);
  expect(text).toMatch(/NONE .* no data for 30s/);
  expect(text).toMatch(/short +3 +6862\.75 +- +- +1m 5s/);
});

test("the positions tab counts one contract, and several", () => {
  expect(screen({ tab: 3, state: HELD })).toContain("3 contracts in all");
  const held = [...HELD.positions].map(([id, position]) => [id, { ...position, size: 1 }] as const);
  expect(screen({ tab: 3, state: { ...HELD, positions: new Map(held) } })).toContain("1 contract in all");
});

test("6: the trading day and what is left of it; holidays are not known", () => {
  const text = screen({ tab: 6 });
  expect(text).toMatch(
    /Trading day +2025-11-04\nBegan +2025-11-03 22:00:00\nEnds +2025-11-04 22:00:00 .*\nLeft +7h 0m 0s/,
  );
  expect(text).toContain("Holidays and trading hours are not in the feed.");
});

describe("5: the connections", () => {
  test("the connections tab shows a live feed", () => {
    const text = screen({ tab: 5 });
    expect(text).toMatch(/State +live for 1m 5s/);
    expect(text).toMatch(/Events +3, 1 ignored/);
    expect(text).toMatch(/Size +4096 bytes/);
    expect(text).toMatch(/Last heartbeat +4s ago/);
    expect(text).toMatch(/Uptime +-/);
  });

  test("a daemon that runs has an uptime; one in trouble is named in the status line", () => {
    const daemon = { status: "RUNNING", message: "it runs", at: NOW - 65_000 };
    const running = screen({ tab: 5, state: { ...KNOWN, daemon } });
    expect(running).toMatch(/Uptime +1m 5s/);
    expect(running).toContain("● live  ws://");
    const trouble = screen({
      tab: 5,
      state: { ...KNOWN, daemon: { ...daemon, status: "ERROR", message: "no broker" } },
    });
    expect(trouble).toMatch(/Uptime +-/);
    expect(trouble).toContain("● live  daemon ERROR: no broker  ws://");
  });

  test("without a stream the daemon is unknown, not stopped", () => {
    const status = { kind: "fallback", reason: "closed with 1006", since: NOW - 9_000, retryAt: NOW + 4_000 } as const;
    const text = screen({ tab: 5, feed: { status }, state: { ...KNOWN, newestEntry: NOW - 70_000 } });
    expect(text).toMatch(/Daemon +unknown/);
    expect(text).toContain("lost 9s ago: closed with 1006; next try in 4s");
    expect(text).toContain("○ last known state, newest entry 1m 10s old");
    expect(screen({ feed: { status } })).toContain("○ last known state, no entry of this account; closed with 1006");
  });

  test("a database that cannot be read is named", () => {
    expect(screen({ tab: 5, feed: { unreadable: "cannot read it" } })).toContain("cannot read it");
  });
});

describe("a lockout", () => {
  const lockout = { rule: "RULE-007", reason: "\u001b[2Jcooldown", from: NOW, until: NOW + 125_000 };

  test("a lockout is a banner on every tab, with its countdown", () => {
    for (const tab of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(screen({ tab, state: { ...KNOWN, lockout } })).toContain("LOCKED by RULE-007, 2m 5s left: cooldown");
    }
    expect(screen({ state: { ...KNOWN, lockout }, now: NOW + 126_000 })).toContain("0s left");
  });

  test("a lockout without an end lasts until it is cleared", () => {
    const text = screen({
      tab: 7,
      state: { ...KNOWN, lockout: { ...lockout, until: undefined }, seenLockouts: [lockout] },
    });
    expect(text).toContain("Trading blocked.");
    expect(text).toMatch(/Until +it is cleared/);
    expect(text).toContain("2025-11-04 15:00:00  RULE-007  cooldown");
    expect(text).not.toContain("No lockouts are known.");
    expect(screen({ tab: 7 })).toContain("No lockouts are known.");
  });

  test("a lockout leaves a line to what happens meanwhile", () => {
    const notices = [{ text: "COOLDOWN by RULE-007", mood: "bad", at: NOW }] as const;
    const lines = screen({ state: { ...KNOWN, lockout, notices } }).split("\n");
    expect(lines[2]).toContain("LOCKED by RULE-007");
    expect(lines[3]).toContain("COOLDOWN by RULE-007");
  });
});

test("8: the actions and how many of each", () => {
  const action = { at: NOW, rule: "RULE-003", kind: "COOLDOWN", reason: "loss", success: false };
  const text = screen({ tab: 8, state: { ...KNOWN, actions: [action], actionCounts: new Map([["COOLDOWN", 4]]) } });
  expect(text).toContain("On this trading day: 4 COOLDOWN");
  expect(text).toContain("2025-11-04 15:00:00  RULE-003  COOLDOWN  no    loss");
});

test("what has just happened stays for five seconds", () => {
  const state: AccountState = { ...KNOWN, notices: [{ text: "trading resumed", mood: "good", at: NOW }] };
  expect(screen({ state, now: NOW + 4_999 })).toContain("trading resumed");
  expect(screen({ state, now: NOW + 5_000 })).not.toContain("trading resumed");
});

test("the session line tells of I and O", () => {
  expect(screen()).toContain("clocked out   i clocks in");
  const session = { clockedInAt: NOW - 65_000, workedMs: 60_000 };
  expect(screen({ session })).toContain("clocked in at 14:58:55, 2m 5s in all");
});
