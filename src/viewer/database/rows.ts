import * as v from "valibot";
import { toWireNumbers } from "../../events/order-numbers.ts";
import { parseTime } from "../../events/time.ts";
import { actionData, orderData } from "../state/wire-data.ts";

// The tables' rows that are not as an event has them: docs/protocols/events.md, Last known state. Times become milliseconds
// since the epoch.

const maybeNumber = v.pipe(
  v.nullable(v.number()),
  v.transform((number) => number ?? undefined),
);
const maybeTime = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => (text === null ? undefined : parseTime(text))),
);

export const countRow = v.object({ count: v.number() });
export const numberRow = v.object({ number: maybeNumber });
export const timeRow = v.object({ time: maybeTime });

export const tradeRow = v.pipe(
  v.object({ id: v.number(), contract: v.string(), result: v.number(), at: maybeTime }),
  v.transform(({ at = 0, ...trade }) => ({ ...trade, at })),
);

export const orderRow = v.pipe(
  v.looseObject({ type: v.number(), side: v.number(), state: v.number() }),
  v.transform((row) => ({ ...row, ...toWireNumbers(row) })),
  orderData,
);

/** SQLite has numbers for yes and no. */
export const actionRow = v.pipe(
  v.looseObject({ success: v.nullable(v.number()) }),
  v.transform(({ success, ...row }) => ({ ...row, success: success === null ? undefined : success !== 0 })),
  actionData,
);

export const actionCountRow = v.pipe(
  v.object({ kind: v.string(), count: v.number() }),
  v.transform(({ kind, count }) => [kind, count] as const),
);
