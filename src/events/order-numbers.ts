// One idea has up to three numbers: in this feed ("wire"), at the broker's gateway, and in the last-known-state tables
// ("sqlite"). They are converted here, by meaning, and nowhere else. Reference page event-stream.md section 4.3.
//
// A number without a meaning passes as it is, so that a reader can show it; where it would then have a meaning that it
// never had, it becomes the number of "other", which every numbering has.

export type Numbering = "wire" | "gateway" | "sqlite";

/** A kind of order in another numbering. */
export function convertOrderType(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_TYPES, number, from, to);
}

/** An order's side in another numbering; a position's sign has the same one everywhere. */
export function convertOrderSide(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_SIDES, number, from, to);
}

/** An order's state in another numbering; what is not final in one is not in any. */
export function convertOrderState(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_STATES, number, from, to);
}

/** What a wire state means. One that is not known to be final is working: such an order must not vanish from sight. */
export function judgeOrderState(wire: number): "working" | "final" {
  return wire === 2 || wire === 3 || wire === 4 ? "final" : "working";
}

interface Numbers {
  readonly other: Readonly<Record<Numbering, number>>;
  /** Where a numbering has no number for a meaning, none stands here. One with two meanings is read as the first. */
  readonly meanings: readonly Meaning[];
}

type Meaning = { readonly [numbering in Numbering]?: number };

function convert({ other, meanings }: Numbers, number: number, from: Numbering, to: Numbering): number {
  if (number === other[from]) return other[to];
  const meaning = meanings.find((each) => each[from] === number);
  if (meaning !== undefined) return meaning[to] ?? other[to];
  return meanings.some((each) => each[to] === number) ? other[to] : number;
}

const ORDER_TYPES: Numbers = {
  other: { wire: 0, gateway: 0, sqlite: 0 },
  meanings: Object.values({
    market: { wire: 1, gateway: 2, sqlite: 2 },
    limit: { wire: 2, gateway: 1, sqlite: 1 },
    stop: { wire: 3, gateway: 4, sqlite: 4 },
    stopLimit: { wire: 4, gateway: 3, sqlite: 3 },
    trailingStop: { wire: 5, gateway: 5, sqlite: 5 },
    joinBid: { gateway: 6 },
    joinAsk: { gateway: 7 },
  }),
};

const ORDER_SIDES: Numbers = {
  // Two numberings begin their sides with 0.
  other: { wire: 0, gateway: -1, sqlite: -1 },
  meanings: Object.values({
    buy: { wire: 1, gateway: 0, sqlite: 0 },
    sell: { wire: 2, gateway: 1, sqlite: 1 },
  }),
};

const ORDER_STATES: Numbers = {
  other: { wire: 0, gateway: 0, sqlite: 0 },
  meanings: Object.values({
    working: { wire: 1, gateway: 1, sqlite: 2 },
    pending: { wire: 1, gateway: 6, sqlite: 1 },
    filled: { wire: 2, gateway: 2, sqlite: 3 },
    cancelled: { wire: 3, gateway: 3, sqlite: 4 },
    expired: { wire: 3, gateway: 4 },
    rejected: { wire: 4, gateway: 5, sqlite: 5 },
    // In the tables 5 means rejected; 7 is the number of the page's internal column, whose others are the tables'.
    partlyFilled: { wire: 5, sqlite: 7 },
  }),
};
