import { expect, test } from "bun:test";
import { findTradingDay, newYorkDate } from "../../src/events/trading-day.ts";
import { fc } from "../rig/properties.ts";

const HOUR = 3_600_000;
const moments = fc.integer({ min: Date.UTC(2007, 2, 12), max: Date.UTC(2099, 11, 31) });

const format = new Intl.DateTimeFormat("en-CA", {
  timeZone: "America/New_York",
  dateStyle: "short",
  timeStyle: "medium",
  hour12: false,
});

/** What the calendar that we do not load says. */
function inNewYork(at: number): { readonly date: string; readonly time: string } {
  const [date = "", time = ""] = format.format(at).split(", ");
  return { date, time };
}

test("the rollover is at 17:00 in New York, in winter and in summer", () => {
  expect(findTradingDay(Date.parse("2025-11-04T21:59:59.999Z")).date).toBe("2025-11-04");
  expect(findTradingDay(Date.parse("2025-11-04T22:00:00.000Z")).date).toBe("2025-11-05");
  expect(findTradingDay(Date.parse("2025-07-04T20:59:59.999Z")).date).toBe("2025-07-04");
  expect(findTradingDay(Date.parse("2025-07-04T21:00:00.000Z")).date).toBe("2025-07-05");
  expect(findTradingDay(Date.parse("2025-12-31T23:00:00.000Z")).date).toBe("2026-01-01");
});

test("the days on which the clocks change have 23 and 25 hours", () => {
  const spring = findTradingDay(Date.parse("2025-03-09T12:00:00Z"));
  expect(spring.end - spring.start).toBe(23 * HOUR);
  const autumn = findTradingDay(Date.parse("2025-11-02T12:00:00Z"));
  expect(autumn.end - autumn.start).toBe(25 * HOUR);
});

test("dates are those of the calendar", () => {
  fc.assert(
    fc.property(moments, (at) => {
      expect(newYorkDate(at)).toBe(inNewYork(at).date);
    }),
  );
});

test("every day begins at 17:00 New York time and is followed at once by the next, whose date is the next", () => {
  fc.assert(
    fc.property(moments, (at) => {
      const { date, start, end: next } = findTradingDay(at);
      expect(start).toBeLessThanOrEqual(at);
      expect(next).toBeGreaterThan(at);
      expect(inNewYork(start).time).toBe("17:00:00");
      expect(inNewYork(next).time).toBe("17:00:00");
      expect(findTradingDay(start).date).toBe(date);
      expect(findTradingDay(next - 1).date).toBe(date);
      expect(Date.parse(findTradingDay(next).date) - Date.parse(date)).toBe(24 * HOUR);
    }),
  );
});
