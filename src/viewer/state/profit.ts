import type { AccountState } from "./account-state.ts";
import type { Position } from "./wire-data.ts";

type Prices = Pick<AccountState, "contracts" | "quotes">;

/** What a position would bring now, in money; undefined without a price or the contract's tick. */
export function unrealisedOf({ contract, side, size, average }: Position, { contracts, quotes }: Prices) {
  const tick = contracts.get(contract);
  const quote = quotes.get(contract);
  if (tick === undefined || quote === undefined || side === undefined || average === undefined) return undefined;
  const gain = ((quote.last - average) / tick.tickSize) * tick.tickValue * size;
  return side === "long" ? gain : -gain;
}

/** The unrealised result of all positions together; undefined if one of them is unknown. */
export function totalUnrealised(state: Pick<AccountState, "positions"> & Prices): number | undefined {
  let total = 0;
  for (const position of state.positions.values()) {
    const result = unrealisedOf(position, state);
    if (result === undefined) return undefined;
    total += result;
  }
  return total;
}

/** Realised and unrealised result together; undefined where either is unknown. */
export function totalResult(state: AccountState): number | undefined {
  const unrealised = totalUnrealised(state);
  return state.realised === undefined || unrealised === undefined ? undefined : state.realised + unrealised;
}

/** The state with its extremes brought up to what the positions would bring now. */
export function noteExtremes(state: AccountState, now: number): AccountState {
  const amount = totalUnrealised(state);
  if (amount === undefined) return state;
  const here = { amount, at: now };
  const { lowest, highest } = state.extremes ?? { lowest: here, highest: here };
  if (state.extremes !== undefined && amount >= lowest.amount && amount <= highest.amount) return state;
  return {
    ...state,
    extremes: { lowest: amount < lowest.amount ? here : lowest, highest: amount > highest.amount ? here : highest },
  };
}

/** An amount with its sign and two digits of fraction, such as `+37.50`; what rounds to nothing has none. */
export function formatMoney(amount: number): string {
  const text = amount.toFixed(2);
  if (Number(text) === 0) return "0.00";
  return amount > 0 ? `+${text}` : text;
}
