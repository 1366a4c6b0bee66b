import { expect, test } from "bun:test";
import { formatLocalTime } from "../../src/platform/local-time.ts";

test("a time is shown with two digits each, 24 h, in this machine's zone", () => {
  expect(formatLocalTime(new Date(2026, 0, 2, 3, 4, 5))).toBe("2026-01-02 03:04:05");
  expect(formatLocalTime(new Date(2026, 11, 31, 23, 59, 59, 999))).toBe("2026-12-31 23:59:59");
  expect(formatLocalTime(new Date(2026, 5, 15, 0, 0, 0))).toBe("2026-06-15 00:00:00");
});
