import { expect, test } from "bun:test";
import { describeEvent } from "../../../../src/cli/verbs/events/describe-event.ts";
import { paintLine } from "../../../../src/viewer/screen/line.ts";

function describeText(type: string, account_id: number | null, data: Record<string, unknown>): string {
  const line = describeEvent({ seq: 1, type, account_id, data, text: "" }, Date.parse("2025-11-04T15:00:00Z"), "UTC");
  return paintLine(line, Number.POSITIVE_INFINITY, false);
}

test("when, what, whose, and what matters", () => {
  const data = { id: 5, contractId: "MES", profitAndLoss: -37.5, quantity: 3, timestamp: "2025-11-04T14:00:00Z" };
  expect(describeText("GatewayUserTrade", 7_001, data)).toBe(
    "2025-11-04 14:00:00  GatewayUserTrade     7001      contractId=MES profitAndLoss=-37.5 quantity=3",
  );
});

test("an unknown event shows all that it has, at the time at which it came", () => {
  expect(describeText("toString", null, { tunnel: "us-east", why: "two words", none: null })).toBe(
    '2025-11-04 15:00:00  toString             -         tunnel=us-east why="two words"',
  );
});

test("what became of a config is a sentence, and of one whose tunnel is up it says what to do", () => {
  const data = { tunnel: "us-east", change: "removed", isRunning: false, timestamp: "2025-11-04T14:00:00Z" };
  expect(describeText("config_changed", null, data)).toBe(
    "2025-11-04 14:00:00  config_changed       -         config us-east was removed",
  );
  expect(describeText("config_changed", null, { ...data, change: "changed", isRunning: true })).toEndWith(
    "config us-east was changed; its tunnel goes on as it was until it is started anew",
  );
});

test("nothing in it reaches the terminal as an escape", () => {
  expect(describeText("daemon_status\u001b[2J", null, { message: "a\u001b[31m\nb" })).not.toMatch(/\p{Cc}/u);
});
