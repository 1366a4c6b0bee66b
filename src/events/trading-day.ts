// The trading day runs from 17:00 in New York to 17:00 on the next day, whose date it has: docs/protocols/events.md,
// Trading day. JavaScript's own calendar is left alone: the first question about a zone loads 1.1 MB for good.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** From 17:00 to midnight. */
const TO_MIDNIGHT = 7 * HOUR;

/** From one reset to the next. */
export interface TradingDay {
  /** `YYYY-MM-DD`, as the results are filed under it. */
  readonly date: string;
  /** Milliseconds since the epoch; a reset at an hour of its own is a start, too. */
  readonly start: number;
  readonly end: number;
}

/** The trading day to which `at` belongs, in milliseconds since the epoch. */
export function findTradingDay(at: number): TradingDay {
  const start = findStart(at);
  // Half a day beyond the next start, so that a day of 23 or 25 hours does not matter.
  return { date: isoDate(toNewYork(at) + TO_MIDNIGHT), start, end: findStart(start + 36 * HOUR) };
}

/** The calendar's date in New York. @returns `YYYY-MM-DD`. */
export function newYorkDate(at: number): string {
  return isoDate(toNewYork(at));
}

function findStart(at: number): number {
  const local = Math.floor((toNewYork(at) + TO_MIDNIGHT) / DAY) * DAY - TO_MIDNIGHT;
  return local - newYorkOffset(local + 5 * HOUR);
}

function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function toNewYork(at: number): number {
  return at + newYorkOffset(at);
}

/** The law since 2007: summer from 2:00 on March's second Sunday to 2:00 on November's first. */
function newYorkOffset(at: number): number {
  const year = new Date(at).getUTCFullYear();
  const summer = sundayIn(year, 2, 8) + 7 * HOUR;
  const winter = sundayIn(year, 10, 1) + 6 * HOUR;
  return at >= summer && at < winter ? -4 * HOUR : -5 * HOUR;
}

/** The first Sunday on or after a day; months count from 0. */
function sundayIn(year: number, month: number, day: number): number {
  const first = Date.UTC(year, month, day);
  return first + ((7 - new Date(first).getUTCDay()) % 7) * DAY;
}
