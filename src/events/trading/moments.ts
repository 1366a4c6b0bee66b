import { formatTime } from "../time.ts";
import type { TradingEvent } from "./trading-event.ts";

/** How far a publisher's clock may be ahead of this machine's; as old as a quote may be before it is stale. */
const TOLERANCE_MILLISECONDS = 5_000;

/**
 * The member of `data` that lies in the future though it must not; undefined where there is none. Reference page
 * event-stream.md sections 4.1, 4.4 and 4.8. `now` is in milliseconds since the epoch.
 */
export function findFutureMember(event: TradingEvent, now: number): string | undefined {
  if (event.type === "GatewayUserTrade") return isFuture(event.data.executionTime, now) ? "executionTime" : undefined;
  if (event.type === "MarketQuote") return isFuture(event.data.timestamp, now) ? "timestamp" : undefined;
  // Nothing would count until then.
  if (event.type === "daily_reset") return isFuture(event.data.reset_time, now) ? "reset_time" : undefined;
  return undefined;
}

/**
 * Writes the moment of receipt into `event` where the member for it is absent: the feed sends all members, though some
 * publishers leave them out (section 9 #7). What only the publisher can know stays absent.
 */
export function stampReceipt(event: TradingEvent, now: number): void {
  switch (event.type) {
    case "GatewayUserTrade":
    case "MarketQuote":
    case "enforcement_action":
    case "daemon_status":
      event.data.timestamp ??= formatTime(now);
      break;
    case "GatewayUserPosition":
    case "GatewayUserOrder":
      event.data.updatedAt ??= formatTime(later(now, event.data.createdAt));
      break;
    case "lockout_set":
      event.data.locked_at ??= formatTime(now);
      break;
    default:
      break;
  }
}

function isFuture(time: string | undefined, now: number): boolean {
  return time !== undefined && Date.parse(time) > now + TOLERANCE_MILLISECONDS;
}

/** Another clock's beginning may be a little ahead of this one's now; no position is changed before it is opened. */
function later(now: number, beginning: string | undefined): number {
  return beginning === undefined ? now : Math.max(now, Date.parse(beginning));
}
