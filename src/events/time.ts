/**
 * Milliseconds since the epoch; undefined where the text is no time. Without a zone it is UTC, another zone than UTC is
 * converted, and SQLite's space stands as well as `T`: docs/protocols/events.md, Times.
 */
export function parseTime(text: string): number | undefined {
  const [whole, date, clock, fraction = "", zone = "Z"] = FORM.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const written = `${date}T${clock}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const local = Date.parse(written);
  // The 30th of February would otherwise become a day of March.
  if (Number.isNaN(local) || formatTime(local) !== written) return undefined;
  const at = zone === "Z" ? local : Date.parse(`${written.slice(0, -1)}${zone}`);
  return at >= FIRST && at <= LAST ? at : undefined;
}

/** Milliseconds since the epoch, as the feed writes them. */
export function formatTime(at: number): string {
  return new Date(at).toISOString();
}

const FORM = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/;

/** A conversion to UTC must not leave the years of four digits. */
const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");
