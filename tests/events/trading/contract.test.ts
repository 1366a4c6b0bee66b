import { expect, test } from "bun:test";
import { parseEvent } from "../../../src/events/trading/parse-event.ts";
import { dataOf, NOW, publish, refusalOf } from "./publish.ts";
import { ALL_SAMPLES } from "./samples.ts";

test.each([
  [{ tickSize: 0 }, "data.tickSize: must be above 0"],
  [{ tickValue: 0 }, "data.tickValue: must be above 0"],
  [{ tickSize: "0.25" }, "data.tickSize: must be a number"],
  [{ contractId: "" }, "data.contractId: is empty"],
  [{ symbolId: null }, "data.symbolId: must be text"],
  [{ name: 5 }, "data.name: must be text"],
  [{ name: null }, undefined],
  [{ contractId: undefined, id: "A" }, "data.contractId: is missing; id is the gateway's name for it"],
])("with %j", (changes, refusal) => {
  expect(refusalOf("GatewayContract", changes)).toBe(refusal);
});

test("without a name has none, and what else the gateway says of it is not passed on", () => {
  expect(dataOf("GatewayContract", { name: undefined, description: "Micro E-mini", activeContract: true })).toEqual({
    contractId: "CON.F.US.MES.Z25",
    name: null,
    symbolId: "F.US.MES",
    tickSize: 0.25,
    tickValue: 1.25,
  });
});

test("is nobody's own", () => {
  expect(publish("GatewayContract")).toHaveProperty("account_id", null);
  expect(parseEvent({ ...JSON.parse(ALL_SAMPLES.GatewayContract), account_id: 7001 }, NOW)).toEqual({
    reject: "account_id: must be null for GatewayContract",
  });
});
