import { parseTime } from "../../../events/time.ts";
import type { StreamMessage } from "../../../viewer/client/message.ts";
import { formatMoment } from "../../../viewer/screen/figures.ts";
import type { Line, Tone } from "../../../viewer/screen/line.ts";

/** An event for a person: when, what, whose, and what matters of it. @param now where it does not say when. */
export function describeEvent({ type, account_id, data }: StreamMessage, now: number, zone: string): Line {
  const tone = TONES.get(type);
  return [
    { text: formatMoment(findTime(data) ?? now, zone), tone: "faint" },
    { text: "  " },
    { text: type.padEnd(LONGEST_TYPE), ...(tone === undefined ? {} : { tone }) },
    { text: `  ${String(account_id ?? "-").padEnd(8)}  ${describeMembers(type, data)}` },
  ];
}

const LONGEST_TYPE = "GatewayUserPosition".length;

const TONES = new Map<string, Tone>(
  Object.entries({
    lockout_set: "bad",
    enforcement_action: "bad",
    lockout_cleared: "good",
    daemon_status: "warning",
    daily_reset: "warning",
  } as const),
);

/** The members that are the time of the event itself, the best first. */
const TIMES = ["timestamp", "updatedAt", "locked_at", "cleared_at", "reset_time", "at", "executionTime"] as const;

function findTime(data: StreamMessage["data"]): number | undefined {
  for (const name of TIMES) {
    const value = data[name];
    const at = typeof value === "string" ? parseTime(value) : undefined;
    if (at !== undefined) return at;
  }
  return undefined;
}

/** What matters of the trading events; of others, everything. Reference page event-stream.md section 4. */
const ESSENTIAL = new Map<string, readonly string[]>(
  Object.entries({
    GatewayUserTrade: ["contractId", "profitAndLoss", "quantity"],
    GatewayUserPosition: ["contractId", "type", "size", "averagePrice"],
    GatewayUserOrder: ["id", "contractId", "type", "side", "size", "limitPrice", "stopPrice", "state"],
    MarketQuote: ["contractId", "bid", "ask", "last"],
    lockout_set: ["rule_id", "locked_until", "reason"],
    lockout_cleared: ["cleared_by"],
    enforcement_action: ["action", "rule_id", "success", "reason"],
    daily_reset: ["previous_pnl", "previous_trade_count", "lockouts_cleared"],
    daemon_status: ["status", "message"],
  }),
);

function describeMembers(type: string, data: StreamMessage["data"]): string {
  if (type === "config_changed") return describeConfigChange(data);
  const names = ESSENTIAL.get(type) ?? Object.keys(data).filter((name) => name !== "at");
  return names
    .filter((name) => data[name] !== undefined && data[name] !== null)
    .map((name) => `${name}=${describeValue(data[name])}`)
    .join(" ");
}

function describeConfigChange({ tunnel, change, isRunning }: StreamMessage["data"]): string {
  const what = `config ${describeValue(tunnel)} was ${describeValue(change)}`;
  return isRunning === true ? `${what}; its tunnel goes on as it was until it is started anew` : what;
}

function describeValue(value: unknown): string {
  return typeof value === "string" && !/[\s=]/.test(value) ? value : JSON.stringify(value);
}
