import type { WireEvent } from "../event.ts";
import type { ApplyEvent } from "../store/account-event.ts";
import type { Connection } from "../store/connection.ts";
import { applyEnforcement } from "../store/enforcement-log.ts";
import { applyContract, readContracts } from "./contracts.ts";
import { applyLockout, applyLockoutCleared, readLockouts } from "./lockouts.ts";
import { applyOrder, readOrders } from "./orders.ts";
import { applyPosition, readPositions } from "./positions.ts";
import { applyDailyReset, applyTrade } from "./results.ts";

const APPLICATIONS: ReadonlyMap<string, ApplyEvent> = new Map([
  ["GatewayUserTrade", applyTrade],
  ["GatewayUserPosition", applyPosition],
  ["GatewayUserOrder", applyOrder],
  ["lockout_set", applyLockout],
  ["lockout_cleared", applyLockoutCleared],
  ["enforcement_action", applyEnforcement],
  ["daily_reset", applyDailyReset],
]);

/**
 * Brings the tables of reference page event-stream.md section 8.1 up to date with one event, of which it is called once
 * and within the transaction that stores it. Events that no table tells of change nothing.
 * @param at when the event came, in milliseconds since the epoch.
 */
export function applyEvent(connection: Connection, event: WireEvent, at: number): void {
  const { account_id } = event;
  const time = new Date(at).toISOString();
  if (event.type === "GatewayContract") applyContract(connection, event, time);
  if (account_id === null || !Number.isSafeInteger(account_id)) return;
  APPLICATIONS.get(event.type)?.(connection, { ...event, account_id }, time);
}

/**
 * Contracts, positions, working orders and lockouts as events, and behind them the quotes: of all accounts, or of one.
 * Contracts are nobody's, and come whole: an account may open a position in any of them. `now` in milliseconds.
 */
export function readLastKnownState(
  connection: Connection,
  now: number,
  quotes: readonly WireEvent[],
  account?: number,
): readonly WireEvent[] {
  const all = [
    ...readContracts(connection),
    ...readPositions(connection),
    ...readOrders(connection),
    ...readLockouts(connection, new Date(now).toISOString()),
    ...quotes,
  ];
  return account === undefined ? all : all.filter(({ account_id }) => (account_id ?? account) === account);
}
