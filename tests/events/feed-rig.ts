import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { NumberedEvent, WireEvent } from "../../src/events/event.ts";
import type { EventFeed } from "../../src/events/feed.ts";
import { createFeed, type FeedParts } from "../../src/events/feed.ts";
import { TABLES } from "../../src/events/store/schema.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

/** A Tuesday, 10:00 in New York. */
export const NOON = Date.parse("2025-11-04T15:00:00.000Z");

export const ACCOUNT = 7001;

export interface FeedScene {
  readonly path: string;
  readonly feed: EventFeed;
  readonly messages: string[];
  /** Closes the feed and opens another on the same database. */
  reopen(parts?: Partial<FeedParts>): Promise<EventFeed>;
  /** Rows of the database, read as another program reads them. */
  rows(sql: string): readonly unknown[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A feed in a folder of its own, whose clock stands at NOON unless told otherwise. It takes whatever has a type. */
export function createFeedScene(parts: Partial<FeedParts> = {}): FeedScene {
  const folder = temporaryFolder();
  const path = join(folder.path, "own", "events.db");
  const messages: string[] = [];
  const open = (others: Partial<FeedParts>) =>
    createFeed({
      path,
      loadParser: async () => takeAnything,
      now: () => NOON,
      audit: (category, message) => messages.push(`${category} ${message}`),
      ...parts,
      ...others,
    });
  let feed = open({});
  return {
    path,
    get feed() {
      return feed;
    },
    messages,
    async reopen(others = {}) {
      await feed.close();
      feed = open(others);
      return feed;
    },
    rows(sql) {
      const database = new Database(path, { readonly: true });
      try {
        return database.query(sql).all();
      } finally {
        database.close(true);
      }
    },
    async [Symbol.asyncDispose]() {
      await feed.close().catch(() => undefined);
      folder[Symbol.dispose]();
    },
  };
}

/** Everything that the feed has kept, asked for in as many pieces as it takes. */
export function replayAll(
  feed: EventFeed,
  most?: number,
): { readonly pieces: number; readonly gap?: NumberedEvent | undefined; readonly events: readonly NumberedEvent[] } {
  const events: NumberedEvent[] = [];
  let gap: NumberedEvent | undefined;
  for (let pieces = 1; ; pieces += 1) {
    const piece = feed.replay(events.at(-1)?.seq ?? 0, most);
    gap ??= piece.gap;
    if (piece.events.length === 0) return { pieces, gap, events };
    events.push(...piece.events);
  }
}

/** Stands for the schemas, which have tests of their own. */
export function takeAnything(input: unknown): WireEvent | { readonly reject: string } {
  if (typeof input !== "object" || input === null || !("type" in input)) return { reject: "type: is missing" };
  const { type } = input;
  const account = "account_id" in input && typeof input.account_id === "number" ? input.account_id : null;
  const data = "data" in input && typeof input.data === "object" && input.data !== null ? { ...input.data } : {};
  return typeof type === "string" ? { type, account_id: account, data } : { reject: "type: must be text" };
}

/** Something of ours, with a number by which to know it again. */
export function note(n: number): WireEvent {
  return { type: "tunnel_state", account_id: null, data: { n } };
}

export function quote(contractId: string, last = 100, account = ACCOUNT): WireEvent {
  const timestamp = new Date(NOON).toISOString();
  return { type: "MarketQuote", account_id: account, data: { contractId, bid: last, ask: last + 1, last, timestamp } };
}

/** One that is of no account. */
export function brokerQuote(contractId: string, last = 100): WireEvent {
  return { ...quote(contractId, last), account_id: null };
}

export function contract(contractId: string, tickSize: number): WireEvent {
  const names = { name: contractId.toLowerCase(), symbolId: `F.US.${contractId}` };
  return { type: "GatewayContract", account_id: null, data: { contractId, ...names, tickSize, tickValue: 1.25 } };
}

let trades = 558_200;

/** Another one with each call. */
export function trade(profitAndLoss: number, executionTime: string, account = ACCOUNT): WireEvent {
  const data = { id: ++trades, contractId: "CON.F.US.MES.Z25", profitAndLoss, quantity: 3, executionTime };
  return { type: "GatewayUserTrade", account_id: account, data: { ...data, timestamp: executionTime } };
}

export function position(id: number, size: number, account = ACCOUNT): WireEvent {
  const times = { createdAt: "2025-11-04T14:58:40.000Z", updatedAt: "2025-11-04T15:01:12.000Z" };
  const data = { id, contractId: "CON.F.US.MES.Z25", type: 2, size, averagePrice: 6862.75, ...times };
  return { type: "GatewayUserPosition", account_id: account, data };
}

export function order(id: number, state: number, more: Record<string, unknown> = {}, account = ACCOUNT): WireEvent {
  const times = { createdAt: "2025-11-04T14:58:41.000Z", updatedAt: "2025-11-04T14:58:41.000Z" };
  const prices = { limitPrice: null, stopPrice: 6875.25 };
  const data = { id, contractId: "CON.F.US.MES.Z25", type: 3, side: 1, size: 1, ...prices, state, ...times, ...more };
  return { type: "GatewayUserOrder", account_id: account, data };
}

export function lockout(until: string | null, reason = "Daily loss", account = ACCOUNT): WireEvent {
  const data = { reason, locked_until: until, rule_id: "RULE-003", locked_at: "2025-11-04T15:00:00.000Z" };
  return { type: "lockout_set", account_id: account, data };
}

export function lockoutCleared(account = ACCOUNT): WireEvent {
  const data = { cleared_at: "2025-11-04T15:10:00.000Z", cleared_by: "TIMER_EXPIRY" };
  return { type: "lockout_cleared", account_id: account, data };
}

export function enforcement(more: Record<string, unknown> = {}, account = ACCOUNT): WireEvent {
  const data = { action: "COOLDOWN", reason: "loss", rule_id: "RULE-007", timestamp: "2025-11-04T15:20:31.000Z" };
  return { type: "enforcement_action", account_id: account, data: { ...data, ...more } };
}

export function dailyReset(resetTime: string, isUnlocking: boolean, account = ACCOUNT): WireEvent {
  const data = { reset_time: resetTime, previous_pnl: -86.25, previous_trade_count: 9, lockouts_cleared: isUnlocking };
  return { type: "daily_reset", account_id: account, data };
}

/** What the tables hold, but for the events' own, which depend on when they were pruned. */
export function dumpState(path: string): Record<string, readonly unknown[]> {
  const database = new Database(path, { readonly: true });
  try {
    const names = TABLES.flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);
    const state = names.filter((name) => !["numbering", "answers", "schema_version"].includes(name));
    return Object.fromEntries(state.map((name) => [name, database.query(`SELECT * FROM ${name} ORDER BY 1, 2`).all()]));
  } finally {
    database.close(true);
  }
}
