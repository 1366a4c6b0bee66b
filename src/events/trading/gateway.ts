// One idea has up to three numbers: in this feed ("wire"), at the broker's gateway, and in the last-known-state tables
// ("sqlite"). They are converted here, by meaning. Reference page event-stream.md section 4.3.

export type Numbering = "wire" | "gateway" | "sqlite";

/** By meaning; where a numbering has no number for it, none stands here. */
type Numbers = Readonly<Record<string, { readonly [numbering in Numbering]?: number }>>;

/** @returns 0 where the kind of order has no number there. */
export function convertOrderType(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_TYPES, number, from, to);
}

/** The position's sign has one numbering everywhere; this is an order's side. @returns 0 for one that is unknown. */
export function convertOrderSide(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_SIDES, number, from, to);
}

/** @returns 0 where the state has no number there. */
export function convertOrderState(number: number, from: Numbering, to: Numbering): number {
  return convert(ORDER_STATES, number, from, to);
}

/** What a wire state means. One that is not known to be final is working: such an order must not vanish from sight. */
export function judgeOrderState(wire: number): "working" | "final" {
  return wire === 2 || wire === 3 || wire === 4 ? "final" : "working";
}

/** A number with two meanings is read as the first of them. */
function convert(numbers: Numbers, number: number, from: Numbering, to: Numbering): number {
  return Object.values(numbers).find((meaning) => meaning[from] === number)?.[to] ?? 0;
}

const ORDER_TYPES: Numbers = {
  market: { wire: 1, gateway: 2, sqlite: 2 },
  limit: { wire: 2, gateway: 1, sqlite: 1 },
  stop: { wire: 3, gateway: 4, sqlite: 4 },
  stopLimit: { wire: 4, gateway: 3, sqlite: 3 },
  trailingStop: { wire: 5, gateway: 5, sqlite: 5 },
  joinBid: { gateway: 6 },
  joinAsk: { gateway: 7 },
};

const ORDER_SIDES: Numbers = {
  buy: { wire: 1, gateway: 0, sqlite: 0 },
  sell: { wire: 2, gateway: 1, sqlite: 1 },
};

const ORDER_STATES: Numbers = {
  working: { wire: 1, gateway: 1, sqlite: 2 },
  pending: { wire: 1, gateway: 6, sqlite: 1 },
  filled: { wire: 2, gateway: 2, sqlite: 3 },
  cancelled: { wire: 3, gateway: 3, sqlite: 4 },
  expired: { wire: 3, gateway: 4 },
  rejected: { wire: 4, gateway: 5, sqlite: 5 },
  none: { gateway: 0 },
};
