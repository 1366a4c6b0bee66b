import { expect, test } from "bun:test";
import { filterLines, parseSince } from "../../../../src/cli/verbs/tunnels/log-filter.ts";

const LINES = [
  "[2026-11-21 16:00:29] [CMD] Command received: spin_up:us",
  "DEBUG: (10.0.0.1) 2026/11/21 16:05:00 Handshake did not complete",
  "  goroutine 1 [running]:",
  "ERROR: 2026/11/21 16:06:00 Failed to send: network is unreachable",
  "[2026-11-21 16:07:00] [INFO] no errors at all",
];
const at = (hour: number, minute: number) => new Date(2026, 10, 21, hour, minute).getTime();

test("lines since a time begin with the first one of it, and lines without a time belong to the one before", () => {
  expect(filterLines(LINES, { since: at(16, 5), onlyErrors: false })).toEqual(LINES.slice(1));
  expect(filterLines(LINES, { since: at(17, 0), onlyErrors: false })).toEqual([]);
  expect(filterLines(LINES, { since: undefined, onlyErrors: false })).toEqual(LINES);
});

test("of errors only those lines are shown that tell of one, whatever wrote them", () => {
  const others = ["[ERROR] [command_execution] it hangs", "WRN slow", "panic: oops", "a mirror of terror"];
  const filter = { since: undefined, onlyErrors: true };
  expect(filterLines([...LINES, ...others], filter)).toEqual([LINES[3] ?? "", ...others.slice(0, 3)]);
});

test("a moment is how long ago it was, a day, or a local time", () => {
  const now = at(16, 30);
  expect(parseSince("15m", now)).toBe(at(16, 15));
  expect(parseSince("2026-11-21", now)).toBe(at(0, 0));
  expect(parseSince("2026-11-21 16:10", now)).toBe(at(16, 10));
  expect(parseSince("2026-11-21T16:10:00", now)).toBe(at(16, 10));
  for (const text of ["", "yesterday", "16:00", "-5m"])
    expect(() => parseSince(text, now)).toThrow("--since needs a time");
});
