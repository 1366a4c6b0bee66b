import { layOut } from "./columns.ts";
import { formatMoment, UNKNOWN } from "./figures.ts";
import type { Line, Span } from "./line.ts";
import type { View } from "./view.ts";

/** Tab 8: what the trading daemon did. */
export function drawEnforcement({ state: { actions, actionCounts }, zone }: View): readonly Line[] {
  const totals = [...actionCounts].map(([kind, number]) => `${number} ${kind}`).join(", ");
  const today: Line = [{ text: `On this trading day: ${totals || "nothing"}` }];
  if (actions.length === 0) return [today];
  return [
    today,
    [],
    ...layOut(
      ["TIME", "RULE", "ACTION", "DONE", "REASON"],
      actions.map(({ at, rule, kind, success, reason }) => [
        at === undefined ? UNKNOWN : { text: formatMoment(at, zone) },
        { text: rule },
        { text: kind },
        drawSuccess(success),
        { text: reason },
      ]),
    ),
  ];
}

function drawSuccess(success: boolean | undefined): Span {
  if (success === undefined) return UNKNOWN;
  return success ? { text: "yes", tone: "good" } : { text: "no", tone: "bad" };
}
