import { expect, test } from "bun:test";
import { formatTime, parseTime } from "../../src/events/time.ts";
import { fc } from "../rig/properties.ts";
import { dataOf, refusalOf } from "./trading/publish.ts";

test.each([
  ["2025-11-04T15:02:09Z", "2025-11-04T15:02:09Z"],
  ["2025-11-04T15:02:09", "2025-11-04T15:02:09Z"],
  ["2025-11-04 15:02:09", "2025-11-04T15:02:09Z"],
  ["2025-11-04T15:02:09+00:00", "2025-11-04T15:02:09Z"],
  ["2025-11-04T15:02:09-00:00", "2025-11-04T15:02:09Z"],
  ["2025-11-04T10:02:09-05:00", "2025-11-04T15:02:09Z"],
  ["2025-11-05T00:32:09.5+09:30", "2025-11-04T15:02:09.500Z"],
  ["2025-11-04T15:02:09.2", "2025-11-04T15:02:09.200Z"],
  ["2025-11-04T15:02:09.000Z", "2025-11-04T15:02:09.000Z"],
  ["2025-11-04T15:02:09.250999+00:00", "2025-11-04T15:02:09.250Z"],
  ["2025-11-04T15:02:09.1234567Z", "2025-11-04T15:02:09.123Z"],
  ["2025-11-04T15:02:09.123456789123456789-05:00", "2025-11-04T20:02:09.123Z"],
  ["2025-11-04t15:02:09z", "2025-11-04T15:02:09Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"],
  ["2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.000Z"],
  ["1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"],
  ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"],
])("the reader of times writes %s as %s", (given, written) => {
  expect(dataOf("lockout_cleared", { cleared_at: given })).toMatchObject({ cleared_at: written });
  expect(dataOf("lockout_cleared", { cleared_at: written })).toMatchObject({ cleared_at: written });
});

test.each([
  "",
  "now",
  "2025-11-04",
  "2025-11-04T15:02Z",
  "2025-11-04T15:02:09.Z",
  "2025-11-04T15:02:09,5Z",
  "2016-12-31T23:59:61Z",
  "2025-02-29T15:02:09Z",
  "2025-13-01T15:02:09Z",
  "2025-11-04T24:00:00Z",
  "2025-11-04T15:60:09Z",
  "2025-11-04T15:02:60Z",
  "2025-11-04T15:02:09+25:00",
  "2025-11-04T15:02:09EST",
  " 2025-11-04T15:02:09Z",
  "0000-01-01T00:00:00+00:01",
  "9999-12-31T23:59:59-00:01",
])("the reader of times takes %p for no time", (given) => {
  expect(refusalOf("lockout_cleared", { cleared_at: given })).toBe(
    "data.cleared_at: is no time such as 2025-11-04T15:02:09.250Z",
  );
});

test("a time is text", () => {
  expect(refusalOf("lockout_cleared", { cleared_at: 1_762_268_529 })).toBe("data.cleared_at: must be a time, as text");
});

test("the reader of times reads every moment that it writes", () => {
  const moments = fc.integer({ min: Date.parse("0000-01-01T00:00:00Z"), max: Date.parse("9999-12-31T23:59:59.999Z") });
  fc.assert(fc.property(moments, (at) => parseTime(formatTime(at)) === at));
});
