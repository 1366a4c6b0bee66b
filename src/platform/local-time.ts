import { libc } from "./libc.ts";

/**
 * `YYYY-MM-DD HH:MM:SS` in this machine's time zone, as the predecessors write it in every log. The C library knows the
 * zone for next to nothing: the first local hour that JavaScript is asked for loads 1.1 MB of calendar for good.
 */
export function formatLocalTime(date: Date): string {
  const time = new Int32Array(14);
  libc().localtime_r(new BigInt64Array([BigInt(Math.floor(date.getTime() / 1_000))]), time);
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = time;
  const calendarDay = [1900 + year, month + 1, day].map(twoDigits).join("-");
  return `${calendarDay} ${[hour, minute, second].map(twoDigits).join(":")}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
