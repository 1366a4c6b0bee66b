/** What a trading program publishes. */
export interface SampleEvent {
  readonly type: string;
  readonly account_id: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

type Changes = Readonly<Record<string, unknown>>;

export const CONTRACT = "CON.F.US.MES.Z25";
const AT = "2025-11-04T15:05:00Z";

let trades = 0;

/** Another one with each call. */
export function trade(account: number, changes: Changes = {}): SampleEvent {
  const data = { id: ++trades, contractId: CONTRACT, profitAndLoss: 1, quantity: 1, executionTime: AT, timestamp: AT };
  return { type: "GatewayUserTrade", account_id: account, data: { ...data, ...changes } };
}

export function position(account: number, changes: Changes = {}): SampleEvent {
  const data = {
    id: account,
    contractId: CONTRACT,
    type: 2,
    size: 1,
    averagePrice: 6862.75,
    createdAt: AT,
    updatedAt: AT,
  };
  return { type: "GatewayUserPosition", account_id: account, data: { ...data, ...changes } };
}

/** A market order that works. */
export function order(account: number, changes: Changes = {}): SampleEvent {
  const data = {
    id: account,
    contractId: CONTRACT,
    type: 1,
    side: 1,
    size: 1,
    limitPrice: null,
    stopPrice: null,
    state: 1,
  };
  return { type: "GatewayUserOrder", account_id: account, data: { ...data, createdAt: AT, updatedAt: AT, ...changes } };
}

export function quote(account: number, last: number, changes: Changes = {}): SampleEvent {
  const data = { contractId: CONTRACT, bid: last, ask: last + 0.25, last, timestamp: AT };
  return { type: "MarketQuote", account_id: account, data: { ...data, ...changes } };
}

export function lockout(account: number, changes: Changes = {}): SampleEvent {
  const data = { reason: "a loss", locked_until: null, rule_id: "RULE-003", locked_at: AT };
  return { type: "lockout_set", account_id: account, data: { ...data, ...changes } };
}

export function cleared(account: number, by = "TIMER_EXPIRY"): SampleEvent {
  return { type: "lockout_cleared", account_id: account, data: { cleared_at: AT, cleared_by: by } };
}

export function action(account: number, changes: Changes = {}): SampleEvent {
  const data = { action: "CLOSE_ALL_AND_LOCKOUT", reason: "a loss", rule_id: "RULE-003", success: true, timestamp: AT };
  return { type: "enforcement_action", account_id: account, data: { ...data, ...changes } };
}

export function reset(account: number, changes: Changes = {}): SampleEvent {
  const data = { reset_time: AT, previous_pnl: -86.25, previous_trade_count: 9, lockouts_cleared: true };
  return { type: "daily_reset", account_id: account, data: { ...data, ...changes } };
}
