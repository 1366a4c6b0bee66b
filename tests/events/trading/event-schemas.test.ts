import { expect, test } from "bun:test";
import { EVENT_TYPES } from "../../../src/events/event-types.ts";
import { describeEventSchemas } from "../../../src/events/trading/event-schemas.ts";

test("every event that programs publish has a schema, which names each of its members and what must be there", () => {
  const schemas = describeEventSchemas();
  const published = Object.entries(EVENT_TYPES).flatMap(([type, { source }]) => (source === "publisher" ? [type] : []));
  expect([...schemas.keys()].toSorted()).toEqual(published.toSorted());
  expect(schemas.get("lockout_cleared")).toMatchObject({
    type: "object",
    properties: { type: { const: "lockout_cleared" }, account_id: { type: "integer" }, data: { type: "object" } },
    required: ["type", "account_id", "data"],
  });
  expect(schemas.get("GatewayUserTrade")?.properties?.["data"]).toMatchObject({
    properties: { profitAndLoss: { type: "number" }, executionTime: { type: "string" } },
    required: ["id", "contractId", "profitAndLoss"],
  });
});
