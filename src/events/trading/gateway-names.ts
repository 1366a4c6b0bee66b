/**
 * The gateway's name that stands in `data` for a member that is not there, with the feed's name. Without this, a payload
 * passed on as the gateway sent it would pass as one whose publisher leaves optional members out.
 * Reference page event-stream.md sections 4.1 to 4.4.
 */
export function findGatewayName(
  type: string,
  data: object,
): { readonly gateway: string; readonly feed: string } | undefined {
  return NAMES.get(type)?.find(({ gateway, feed }) => Object.hasOwn(data, gateway) && !Object.hasOwn(data, feed));
}

const NAMES: ReadonlyMap<string, readonly { readonly gateway: string; readonly feed: string }[]> = new Map([
  [
    "GatewayUserTrade",
    [
      { gateway: "size", feed: "quantity" },
      { gateway: "creationTimestamp", feed: "executionTime" },
    ],
  ],
  ["GatewayUserPosition", [{ gateway: "creationTimestamp", feed: "createdAt" }]],
  [
    "GatewayUserOrder",
    [
      { gateway: "status", feed: "state" },
      { gateway: "creationTimestamp", feed: "createdAt" },
      { gateway: "updateTimestamp", feed: "updatedAt" },
    ],
  ],
  [
    "MarketQuote",
    [
      { gateway: "bestBid", feed: "bid" },
      { gateway: "bestAsk", feed: "ask" },
      { gateway: "lastPrice", feed: "last" },
    ],
  ],
  ["GatewayContract", [{ gateway: "id", feed: "contractId" }]],
]);
