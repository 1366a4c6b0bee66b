import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { accountSchema } from "./members.ts";
import { TRADING_EVENTS, type TradingEventRules } from "./trading-events.ts";

/**
 * Each event that programs publish, as JSON Schema (draft 2020-12), by its type. What JSON Schema cannot say, such as the
 * form of a time, stands in a description.
 */
export function describeEventSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map(
    Object.entries<TradingEventRules>(TRADING_EVENTS).map(([type, { account = accountSchema, data }]) => {
      const event = v.object({ type: v.literal(type), account_id: account, data });
      // A check is no kind of JSON Schema's, and its message comes with a refusal.
      return [type, toJsonSchema(event, { typeMode: "output", target: "draft-2020-12", errorMode: "ignore" })];
    }),
  );
}
