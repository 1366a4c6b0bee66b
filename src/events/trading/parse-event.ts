import * as v from "valibot";
import { nearestWord } from "../../platform/nearest-word.ts";
import type { WireEvent } from "../event.ts";
import { EVENT_TYPES } from "../event-types.ts";
import { formatTime } from "../time.ts";
import { accountSchema } from "./members.ts";
import { TRADING_EVENTS, type TradingEventRules } from "./trading-events.ts";

/** How far a publisher's clock may be ahead of this machine's. */
const TOLERANCE_MILLISECONDS = 5_000;

/**
 * What somebody published, as the feed sends it: listed members only, times in UTC with `Z`, the time of receipt filled in
 * where its member is absent. Never throws on anything that came from JSON.
 * @param now in milliseconds since the epoch.
 * @returns the event, or all that is wrong with it: for each member its path and a sentence (`data.limitPrice: …; …`).
 */
export function parseEvent(input: unknown, now: number): WireEvent | { readonly reject: string } {
  if (!isObject(input)) return { reject: "the event: must be an object with type, account_id and data" };
  const { type, data } = input;
  if (typeof type !== "string") return { reject: `type: ${type === undefined ? "is missing" : "must be text"}` };
  const rules = RULES.get(type);
  if (rules === undefined) return { reject: `type: ${describeUnknownType(type)}` };

  const misnamed = isObject(data) ? findGatewayNames(rules, data) : [];
  const result = v.safeParse(rules.envelope, input);
  if (misnamed.length > 0 || !result.success) return { reject: describeAll(misnamed, result.issues ?? []) };
  const { account_id, data: parsed } = result.output;
  if (rules.pastMember !== undefined && isFuture(parsed[rules.pastMember], now))
    return { reject: `data.${rules.pastMember}: is in the future` };
  return { type, account_id, data: stampReceipt(parsed, rules, now) };
}

const RULES = new Map(
  Object.entries<TradingEventRules>(TRADING_EVENTS).map(([type, { account = accountSchema, ...rules }]) => [
    type,
    { ...rules, envelope: v.object({ account_id: account, data: rules.data }) },
  ]),
);

function isObject(value: unknown): value is { readonly [member: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Members under the gateway's own names. */
function findGatewayNames({ gatewayNames = {} }: TradingEventRules, data: object): readonly Fault[] {
  return Object.entries(gatewayNames).flatMap(([gateway, feed]) =>
    Object.hasOwn(data, gateway) && !Object.hasOwn(data, feed)
      ? [{ path: `data.${feed}`, message: `is missing; ${gateway} is the gateway's name for it` }]
      : [],
  );
}

/** One fault for each member, the first that was found. */
function describeAll(misnamed: readonly Fault[], issues: readonly v.BaseIssue<unknown>[]): string {
  const faults = new Map<string, string>();
  for (const { path, message } of [...misnamed, ...issues.map(describeIssue)])
    if (!faults.has(path)) faults.set(path, message);
  return [...faults].map(([path, message]) => `${path}: ${message}`).join("; ");
}

function describeIssue(issue: v.BaseIssue<unknown>): Fault {
  const path = (issue.path ?? []).map(({ key }) => String(key)).join(".");
  return { path, message: issue.input === undefined ? "is missing" : issue.message };
}

function describeUnknownType(type: string): string {
  if (type === "GatewayUserAccount") return "GatewayUserAccount is never passed on; publish none";
  if (Object.keys(EVENT_TYPES).includes(type)) return `${type} is the daemon's own; programs publish none`;
  const shown = JSON.stringify(type.slice(0, LONGEST_NAME));
  const near = type.length > LONGEST_NAME ? undefined : nearestWord(type, [...RULES.keys()]);
  const guess = near === undefined ? "" : `; did you mean ${near}?`;
  return `${shown} is unknown${guess} (known: ${[...RULES.keys()].join(", ")})`;
}

/** Longer ones are not shown whole, and are near to no name. */
const LONGEST_NAME = 60;

function isFuture(time: unknown, now: number): boolean {
  return typeof time === "string" && Date.parse(time) > now + TOLERANCE_MILLISECONDS;
}

/** Fills in the time of receipt where it is absent. Members that only the publisher can know stay absent. */
function stampReceipt(data: WireEvent["data"], { receivedAt }: TradingEventRules, now: number): WireEvent["data"] {
  if (receivedAt === undefined || data[receivedAt] !== undefined) return data;
  // Another clock's beginning may be a little ahead of this one's now; no position is changed before it is opened.
  const created = data["createdAt"];
  const at = typeof created === "string" ? Math.max(now, Date.parse(created)) : now;
  return { ...data, [receivedAt]: formatTime(at) };
}
