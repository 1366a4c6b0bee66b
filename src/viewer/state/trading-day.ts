import { nextTradingDayStart, tradingDate, tradingDayStart } from "../../events/trading-day.ts";

/** From one reset to the next: event-stream.md section 8.3. */
export interface TradingDay {
  /** `YYYY-MM-DD`, as the results are filed under it. */
  readonly date: string;
  /** Milliseconds since the epoch; a reset at an hour of its own is a start, too. */
  readonly start: number;
  readonly end: number;
}

/** The trading day at a time in milliseconds since the epoch. */
export function findTradingDay(at: number): TradingDay {
  return { date: tradingDate(at), start: tradingDayStart(at), end: nextTradingDayStart(at) };
}
