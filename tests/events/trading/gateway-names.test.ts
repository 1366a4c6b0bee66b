import { expect, test } from "bun:test";
import { dataOf, refusalOf } from "./publish.ts";
import type { SampleName } from "./samples.ts";

const NAMES: [SampleName, string, string][] = [
  ["GatewayUserTrade", "quantity", "size"],
  ["GatewayUserTrade", "executionTime", "creationTimestamp"],
  ["GatewayUserPosition", "createdAt", "creationTimestamp"],
  ["GatewayUserOrder", "state", "status"],
  ["GatewayUserOrder", "createdAt", "creationTimestamp"],
  ["GatewayUserOrder", "updatedAt", "updateTimestamp"],
  ["MarketQuote", "bid", "bestBid"],
  ["MarketQuote", "ask", "bestAsk"],
  ["MarketQuote", "last", "lastPrice"],
];

test.each(NAMES)("%s: for %s, the gateway's %s is refused", (name, feed, gateway) => {
  expect(refusalOf(name, { [feed]: undefined, [gateway]: 1 })).toBe(
    `data.${feed}: is missing; ${gateway} is the gateway's name for it`,
  );
});

test.each(NAMES)("%s: beside %s, the gateway's %s does no harm and is not passed on", (name, _, gateway) => {
  expect(dataOf(name, { [gateway]: 1 })).toEqual(dataOf(name, {}));
});
