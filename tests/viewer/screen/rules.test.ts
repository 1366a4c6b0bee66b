import { describe, expect, test } from "bun:test";
import type { AccountState } from "../../../src/viewer/state/account-state.ts";
import { NOW } from "../fixture-database.ts";
import { HELD, KNOWN, screen } from "./sample-screen.ts";

describe("4: the rules", () => {
  const rule = (number: number, state: AccountState) =>
    screen({ tab: 4, state })
      .split("\n")
      .find((line) => line.startsWith(`RULE-${String(number).padStart(3, "0")}`));

  test("all twelve, what each looks at, and what nobody knows; it fits", () => {
    const text = screen({ tab: 4, state: { ...HELD, trades: KNOWN.trades.map((trade) => ({ ...trade, at: NOW })) } });
    for (let number = 1; number <= 12; number += 1) expect(text).toContain(`RULE-${String(number).padStart(3, "0")}`);
    expect(text).toMatch(/contracts in all +3 /);
    expect(text).toMatch(/realised loss of the day +-12\.50 /);
    expect(text).toMatch(/unrealised loss +- /);
    expect(text).toMatch(/trades +2 today, 2\/h, 2\/min /);
    expect(text).toMatch(/cooldown after a loss +-50\.00 /);
    expect(text).toMatch(/positions without a stop +1 /);
    expect(text).toMatch(/session hours +- +quiet today\n/);
    expect(text).toContain("limits are not in the feed; only the admin tool edits them.");
    expect(text).not.toContain("…");
  });

  test("the one that locks counts down; one that acted today says when, one that did yesterday does not", () => {
    const action = { rule: "RULE-003", kind: "COOLDOWN", reason: "loss", success: true };
    const lockout = { rule: "RULE-007", reason: "cooldown", from: NOW, until: NOW + 125_000 };
    expect(rule(7, { ...KNOWN, lockout })).toEndWith("locked, 2m 5s left");
    expect(rule(7, { ...KNOWN, lockout: { ...lockout, until: undefined } })).toEndWith("locked");
    expect(rule(3, { ...KNOWN, actions: [{ ...action, at: NOW }] })).toEndWith("acted at 15:00:00");
    expect(rule(3, { ...KNOWN, actions: [{ ...action, at: KNOWN.day.start - 1 }] })).toEndWith("quiet today");
  });
});
