import type { AccountState } from "./account-state.ts";
import type { Position } from "./wire-data.ts";

/** Contracts in all these positions together, long or short. */
export function sumSizes(positions: Iterable<Position>): number {
  let sum = 0;
  for (const { size } of positions) sum += size;
  return sum;
}

/** The most that is held of one contract. */
export function findLargestSize({ positions }: Pick<AccountState, "positions">): number {
  const byContract = Object.values(Object.groupBy(positions.values(), ({ contract }) => contract));
  return Math.max(0, ...byContract.map((held) => sumSizes(held ?? [])));
}

/** The wire's types of orders with a stop price, and its sides: docs/protocols/events.md, GatewayUserOrder. */
const STOPS: readonly number[] = [3, 4, 5];
const SIDE_THAT_CLOSES = { long: 2, short: 1 } as const;

/** Positions that no working order stops, of whatever size it is. */
export function countUnprotected({ positions, orders }: Pick<AccountState, "positions" | "orders">): number {
  const stops = [...orders.values()].filter(({ type }) => STOPS.includes(type));
  return [...positions.values()].filter(
    ({ contract, side }) =>
      side !== undefined && !stops.some((stop) => stop.contract === contract && stop.side === SIDE_THAT_CLOSES[side]),
  ).length;
}
