// The registry of event types. Who adds one writes an entry here; the compiler then asks for its schema (daemon-events.ts,
// or trading/trading-events.ts, which is loaded when somebody publishes) and, where it has a table, for what it changes there
// (tables/last-known-state.ts). Bus, store, stream, viewer, command line and OpenAPI document all read these.

interface EventTypeDescription {
  /** Who causes it: the daemon itself, or a program that publishes it; of those alone the daemon tells daemon_status, too. */
  readonly source: "daemon" | "publisher";
  /** It is on disk before anybody hears of it, and can be replayed. Of others only the latest is remembered. */
  readonly isDurable: boolean;
  /** The table of the last known state that it changes first; null: it changes none. */
  readonly table: string | null;
  readonly words: EventWords;
}

/** How an event is shown to a person. */
export interface EventWords {
  readonly tone?: "good" | "bad" | "warning";
  /** The members of its data that matter, in this order; undefined: all. */
  readonly members?: readonly string[];
  /** A sentence in their place. */
  readonly describe?: (data: Readonly<Record<string, unknown>>) => string;
}

export const EVENT_TYPES = {
  GatewayUserTrade: {
    source: "publisher",
    isDurable: true,
    table: "trade_history",
    words: { members: ["contractId", "profitAndLoss", "quantity"] },
  },
  GatewayUserPosition: {
    source: "publisher",
    isDurable: true,
    table: "positions",
    words: { members: ["contractId", "type", "size", "averagePrice"] },
  },
  GatewayUserOrder: {
    source: "publisher",
    isDurable: true,
    table: "orders",
    words: { members: ["id", "contractId", "type", "side", "size", "limitPrice", "stopPrice", "state"] },
  },
  MarketQuote: {
    source: "publisher",
    isDurable: false,
    table: null,
    words: { members: ["contractId", "bid", "ask", "last"] },
  },
  lockout_set: {
    source: "publisher",
    isDurable: true,
    table: "lockouts",
    words: { tone: "bad", members: ["rule_id", "locked_until", "reason"] },
  },
  lockout_cleared: {
    source: "publisher",
    isDurable: true,
    table: "lockouts",
    words: { tone: "good", members: ["cleared_by"] },
  },
  enforcement_action: {
    source: "publisher",
    isDurable: true,
    table: "enforcement_log",
    words: { tone: "bad", members: ["action", "rule_id", "success", "reason"] },
  },
  daily_reset: {
    source: "publisher",
    isDurable: true,
    table: "daily_pnl",
    words: { tone: "warning", members: ["previous_pnl", "previous_trade_count", "lockouts_cleared"] },
  },
  daemon_status: {
    source: "publisher",
    isDurable: true,
    table: null,
    words: { tone: "warning", members: ["status", "message"] },
  },
  GatewayContract: { source: "publisher", isDurable: true, table: "contract_cache", words: {} },
  tunnel_state: { source: "daemon", isDurable: true, table: null, words: {} },
  tunnel_health: { source: "daemon", isDurable: true, table: null, words: {} },
  config_changed: { source: "daemon", isDurable: true, table: null, words: { describe: describeConfigChange } },
  network_changed: { source: "daemon", isDurable: true, table: null, words: {} },
  woke_up: { source: "daemon", isDurable: true, table: null, words: {} },
} as const satisfies Record<string, EventTypeDescription>;

export type EventType = keyof typeof EVENT_TYPES;

type TypesWith<Trait> = { [Type in EventType]: (typeof EVENT_TYPES)[Type] extends Trait ? Type : never }[EventType];

/** Those that programs publish. */
export type PublishedType = TypesWith<{ readonly source: "publisher" }>;

/** Those that only the daemon causes. */
export type DaemonEventType = TypesWith<{ readonly source: "daemon" }>;

/** Those that change the last known state. */
export type StatefulType = TypesWith<{ readonly table: string }>;

/** What is known of a type; undefined for one that another version or program has made up. */
export function findEventType(type: string): EventTypeDescription | undefined {
  return DESCRIPTIONS.get(type);
}

const DESCRIPTIONS: ReadonlyMap<string, EventTypeDescription> = new Map(Object.entries(EVENT_TYPES));

/** Whether an event of this type is kept on disk. */
export function isDurable(type: string): boolean {
  return findEventType(type)?.isDurable ?? true;
}

/** The contract and the account whose price a quote tells, as one word: a newer quote takes its place. Undefined for all else. */
export function quoteKeyOf(event: {
  readonly type: string;
  readonly account_id: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}): string | undefined {
  const { type, account_id, data } = event;
  return isDurable(type) ? undefined : `${account_id} ${data["contractId"]}`;
}

function describeConfigChange({ tunnel, change, isRunning }: Readonly<Record<string, unknown>>): string {
  const what = `config ${tunnel} was ${change}`;
  return isRunning === true ? `${what}; its tunnel goes on as it was until it is started anew` : what;
}
