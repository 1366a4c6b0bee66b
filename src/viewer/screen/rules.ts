import type { AccountState } from "../state/account-state.ts";
import { countUnprotected, findLargestSize, sumSizes } from "../state/exposure.ts";
import { totalUnrealised } from "../state/profit.ts";
import { layOut } from "./columns.ts";
import { describeRemaining } from "./enforcement.ts";
import { figure, formatClock, money, UNKNOWN } from "./figures.ts";
import type { Line, Span } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 4: the rules, what each of them looks at, and what it did. */
export function drawRules({ state, now, zone }: View): readonly Line[] {
  return [
    ...layOut(
      ["RULE", "WATCHES", "NOW", "STATUS"],
      RULES.map(([rule, name, look]) => [rule, name, look(state, now), drawStatus(rule, state, now, zone)]),
    ),
    [],
    [{ text: "The rules' limits are not in the feed; only the admin tool edits them.", tone: "faint" }],
  ];
}

type Look = (state: AccountState, now: number) => Span;

const RULES: readonly (readonly [rule: string, name: string, look: Look])[] = [
  ["RULE-001", "contracts in all", ({ positions }) => figure(sumSizes(positions.values()))],
  ["RULE-002", "contracts of one kind", (state) => figure(findLargestSize(state))],
  ["RULE-003", "realised loss of the day", ({ realised }) => money(realised)],
  ["RULE-004", "unrealised loss", (state) => money(totalUnrealised(state))],
  ["RULE-005", "unrealised profit", (state) => money(totalUnrealised(state))],
  ["RULE-006", "trades", drawFrequency],
  ["RULE-007", "cooldown after a loss", ({ trades }) => money(trades.at(-1)?.result)],
  ["RULE-008", "positions without a stop", (state) => figure(countUnprotected(state))],
  ["RULE-009", "session hours", () => UNKNOWN],
  ["RULE-010", "loss of the login", () => UNKNOWN],
  ["RULE-011", "blocked symbols", () => UNKNOWN],
  ["RULE-012", "management of open trades", () => UNKNOWN],
];

function drawFrequency({ tradeCount, trades }: AccountState, now: number): Span {
  if (tradeCount === undefined) return UNKNOWN;
  const since = (milliseconds: number) => trades.filter(({ at }) => at > now - milliseconds).length;
  return `${tradeCount} today, ${since(3_600_000)}/h, ${since(60_000)}/min`;
}

function drawStatus(rule: string, { lockout, actions, day }: AccountState, now: number, zone: string): Span {
  if (lockout?.rule === rule) {
    const left = lockout.until === undefined ? "" : `, ${describeRemaining(lockout, now)}`;
    return { text: `locked${left}`, tone: "bad" };
  }
  const at = actions.find((action) => action.rule === rule)?.at;
  if (at === undefined || at < day.start) return "quiet today";
  return { text: `acted at ${formatClock(at, zone)}`, tone: "warning" };
}
