import { list } from "./columns.ts";
import { formatMoment, formatSpan } from "./figures.ts";
import type { Line } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 6: the trading day, whose end everybody knows; which days are free, only the trading daemon does. */
export function drawHours({ state: { day }, now, zone }: View): readonly Line[] {
  return [
    ...list([
      ["Trading day", { text: day.date }],
      ["Began", { text: formatMoment(day.start, zone) }],
      ["Ends", { text: formatMoment(day.end, zone) }, { text: "  at 17:00 in New York", tone: "faint" }],
      ["Left", { text: formatSpan(day.end - now) }],
    ]),
    [],
    [{ text: "Holidays and trading hours are not in the feed.", tone: "faint" }],
  ];
}
