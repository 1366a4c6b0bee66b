// An order's type, side and state have one number on the wire and another in the table `orders`, which is other programs'
// too: docs/protocols/events.md, GatewayUserOrder and Last known state. They are converted here, by meaning.
//
// A number without a meaning passes as it is, so that a reader can show it; where it would then have a meaning that it
// never had, it becomes the number of "other", which both sides have.

export interface OrderNumbers {
  readonly type: number;
  readonly side: number;
  readonly state: number;
}

/** The wire's numbers as the table has them. What is not final in one is not in the other. */
export function toTableNumbers(wire: OrderNumbers): OrderNumbers {
  return convertAll(wire, 0, 1);
}

/** The table's numbers as the wire has them. */
export function toWireNumbers(table: OrderNumbers): OrderNumbers {
  return convertAll(table, 1, 0);
}

/** Whether a wire state ends an order. One that is not known to be final is working: such an order must not vanish. */
export function isFinalState(wire: number): boolean {
  return wire === 2 || wire === 3 || wire === 4;
}

/** A number of the wire, and the table's for the same meaning. */
type Pair = readonly [wire: number, table: number];

interface Numbers {
  readonly other: Pair;
  /** A number with two meanings is read as the first. */
  readonly meanings: Readonly<Record<string, Pair>>;
}

const NUMBERS: { readonly [Member in keyof OrderNumbers]: Numbers } = {
  type: {
    other: [0, 0],
    meanings: { market: [1, 2], limit: [2, 1], stop: [3, 4], stopLimit: [4, 3], trailingStop: [5, 5] },
  },
  // The table's sides begin with 0.
  side: { other: [0, -1], meanings: { buy: [1, 0], sell: [2, 1] } },
  state: {
    other: [0, 0],
    meanings: {
      working: [1, 2],
      pending: [1, 1],
      filled: [2, 3],
      cancelled: [3, 4],
      rejected: [4, 5],
      partlyFilled: [5, 7],
    },
  },
};

function convertAll({ type, side, state }: OrderNumbers, from: 0 | 1, to: 0 | 1): OrderNumbers {
  return {
    type: convert(NUMBERS.type, type, from, to),
    side: convert(NUMBERS.side, side, from, to),
    state: convert(NUMBERS.state, state, from, to),
  };
}

function convert({ other, meanings }: Numbers, number: number, from: 0 | 1, to: 0 | 1): number {
  if (number === other[from]) return other[to];
  const pairs = Object.values(meanings);
  const pair = pairs.find((each) => each[from] === number);
  if (pair !== undefined) return pair[to];
  return pairs.some((each) => each[to] === number) ? other[to] : number;
}
