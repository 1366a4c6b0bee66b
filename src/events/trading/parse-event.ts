import * as v from "valibot";
import { nearestWord } from "../../platform/nearest-word.ts";
import { findGatewayName } from "./gateway-names.ts";
import { findFutureMember, stampReceipt } from "./moments.ts";
import { TRADING_EVENT_TYPES, TRADING_SCHEMAS, type TradingEvent } from "./trading-event.ts";

/** A sentence that begins with the wrong member's path (`data.limitPrice: …`). */
export interface Rejection {
  readonly reject: string;
}

/**
 * What somebody published, as the feed sends it: listed members only, times in UTC with `Z`, the time of receipt filled in
 * where its member is absent. Never throws on anything that came from JSON.
 * @param now in milliseconds since the epoch.
 */
export function parseEvent(input: unknown, now: number): TradingEvent | Rejection {
  if (!isObject(input)) return { reject: "the event: must be an object with type, account_id and data" };
  const { type, data } = input;
  if (typeof type !== "string") return { reject: `type: ${type === undefined ? "is missing" : "must be text"}` };
  const schema = TRADING_SCHEMAS.get(type);
  if (schema === undefined) return { reject: `type: ${describeUnknownType(type)}` };

  const misnamed = isObject(data) ? findGatewayName(type, data) : undefined;
  if (misnamed !== undefined) {
    return { reject: `data.${misnamed.feed}: is missing; ${misnamed.gateway} is the gateway's name for it` };
  }

  const result = v.safeParse(schema, input, { abortEarly: true });
  if (!result.success) return { reject: describeIssue(result.issues[0]) };
  const event = result.output;
  const future = findFutureMember(event, now);
  if (future !== undefined) return { reject: `data.${future}: is in the future` };
  stampReceipt(event, now);
  return event;
}

function isObject(
  value: unknown,
): value is { readonly [member: string]: unknown; readonly type?: unknown; readonly data?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) => String(key)).join(".");
  return `${path}: ${issue.input === undefined ? "is missing" : issue.message}`;
}

function describeUnknownType(type: string): string {
  if (type === "GatewayUserAccount") return "GatewayUserAccount is never passed on; publish none";
  const shown = JSON.stringify(type.slice(0, LONGEST_NAME));
  const near = type.length > LONGEST_NAME ? undefined : nearestWord(type, TRADING_EVENT_TYPES);
  const guess = near === undefined ? "" : `; did you mean ${near}?`;
  return `${shown} is unknown${guess} (known: ${TRADING_EVENT_TYPES.join(", ")})`;
}

/** Longer ones are not shown whole, and are near to no name. */
const LONGEST_NAME = 60;
