/**
 * Milliseconds since the epoch; undefined where the text is no time. Every time of RFC 3339 (section 5.6) is one: letters in
 * either case, any number of digits of fraction, and leap seconds, which become the second after them. Without a zone it is
 * UTC, another zone than UTC is converted, and SQLite's space stands as well as `T`: docs/protocols/events.md, Times.
 */
export function parseTime(text: string): number | undefined {
  const [whole, date, minute, second = "", fraction = "", zone = "Z"] = FORM.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const isLeap = second === "60";
  const written = `${date}T${minute}:${isLeap ? "59" : second}.${isLeap ? "000" : fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const local = Date.parse(written);
  // The 30th of February would otherwise become a day of March.
  if (Number.isNaN(local) || formatTime(local) !== written) return undefined;
  const offset = zone.toUpperCase() === "Z" ? "Z" : zone;
  const at = Date.parse(`${written.slice(0, -1)}${offset}`) + (isLeap ? 1_000 : 0);
  // A leap second is the last one of a day in UTC.
  if (isLeap && at % DAY !== 0) return undefined;
  return at >= FIRST && at <= LAST ? at : undefined;
}

/** Milliseconds since the epoch, as the feed writes them. */
export function formatTime(at: number): string {
  return new Date(at).toISOString();
}

const FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?$/;

const DAY = 86_400_000;

/** A conversion to UTC must not leave the years of four digits. */
const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");
