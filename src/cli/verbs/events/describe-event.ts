import { EVENT_TYPES, type EventWords, findEventType } from "../../../events/event-types.ts";
import { parseTime } from "../../../events/time.ts";
import type { StreamMessage } from "../../../viewer/client/message.ts";
import { formatMoment } from "../../../viewer/screen/figures.ts";
import type { Line } from "../../../viewer/screen/line.ts";

/** An event for a person: when, what, whose, and what matters of it. @param now where it does not say when. */
export function describeEvent({ type, account_id, data }: StreamMessage, now: number, zone: string): Line {
  const words: EventWords = findEventType(type) ?? {};
  return [
    { text: formatMoment(findTime(data) ?? now, zone), tone: "faint" },
    "  ",
    { text: type.padEnd(LONGEST_TYPE), tone: words.tone },
    `  ${String(account_id ?? "-").padEnd(8)}  ${describeData(words, data)}`,
  ];
}

const LONGEST_TYPE = Math.max(...Object.keys(EVENT_TYPES).map((type) => type.length));

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

/** What matters of an event; of a type that is not known here, everything. */
function describeData({ members, describe }: EventWords, data: StreamMessage["data"]): string {
  if (describe !== undefined) return describe(data);
  const names = members ?? Object.keys(data).filter((name) => name !== "at");
  return names
    .filter((name) => data[name] !== undefined && data[name] !== null)
    .map((name) => `${name}=${describeValue(data[name])}`)
    .join(" ");
}

function describeValue(value: unknown): string {
  return typeof value === "string" && !/[\s=]/.test(value) ? value : JSON.stringify(value);
}
