const HOUR = 3_600_000;
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", hourCycle: "h23" });

/** When the current trading day began, at 17:00 in New York, as the system's own calendar has it; milliseconds since the epoch. */
export function findReopening(now: number): number {
  let hour = Math.floor(now / HOUR) * HOUR;
  while (CLOCK.format(hour) !== "17") hour -= HOUR;
  return hour;
}

/** `YYYY-MM-DD` of the trading day that began then: it is named after the day on which it ends. */
export function nameTradingDay(reopening: number): string {
  return new Date(reopening + 24 * HOUR).toISOString().slice(0, 10);
}
