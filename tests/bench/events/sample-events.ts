import { readClock } from "./clock.ts";
import type { SampleEvent } from "./subject.ts";

/** Ten contracts, as many as the reference page's load has. */
const CONTRACTS = 10;
const FILLER = "f".repeat(1_024);

/** What there is most of; kept nowhere. */
export function makeQuote(number: number): SampleEvent {
  const data = { contractId: `CON.F.US.M${number % CONTRACTS}.Z25`, bid: 6_861.5, ask: 6_861.75, last: readClock() };
  return { type: "MarketQuote", account_id: 7_001, data };
}

/** Kept on disk before it is told; 1 KB, and no newer one takes its place. */
export function makeAction(): SampleEvent {
  const details = { last: readClock(), filler: FILLER };
  const data = { action: "COOLDOWN", reason: "of a measurement", rule_id: "RULE-007", success: true, details };
  return { type: "enforcement_action", account_id: 7_001, data };
}
