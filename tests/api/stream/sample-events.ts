import type { WireEvent } from "../../../src/events/event.ts";

export const RUNNING: WireEvent = {
  type: "daemon_status",
  account_id: null,
  data: { status: "RUNNING", message: "ready", timestamp: "2026-01-02T03:04:05Z" },
};

export const STOPPING: WireEvent = { ...RUNNING, data: { ...RUNNING.data, status: "STOPPING" } };

export function cleared(account: number, by = "TIMER_EXPIRY"): WireEvent {
  const data = { cleared_at: "2026-01-02T03:04:05Z", cleared_by: by };
  return { type: "lockout_cleared", account_id: account, data };
}

/** @param filling characters that make it longer. */
export function quote(account: number, contract: string, last: number, filling = ""): WireEvent {
  const data = { contractId: contract, bid: last - 1, ask: last + 1, last, timestamp: "2026-01-02T03:04:05Z", filling };
  return { type: "MarketQuote", account_id: account, data };
}

/** One that takes as many characters as said, and some more. */
export function bulky(account: number, characters: number): WireEvent {
  return { type: "bulk", account_id: account, data: { filling: "x".repeat(characters) } };
}
