// The registry of event types. Who adds one writes an entry here; the compiler then asks for its schema (daemon-events.ts,
// or trading/trading-events.ts, which is loaded when somebody publishes) and, where it has a table, for what it changes there
// (tables/last-known-state.ts). Bus, store, stream, viewer, command line and OpenAPI document all read these.

/** An event as far as a person is concerned. */
export interface EventWords {
  readonly tone?: "good" | "bad" | "warning";
  /** The members of its data that matter, in this order; undefined: all. */
  readonly members?: readonly string[];
  /** A sentence in their place. */
  readonly describe?: (data: Readonly<Record<string, unknown>>) => string;
}

interface EventTypeDescription extends EventWords {
  /** Who causes it: only the daemon itself, or programs that publish it. The daemon causes daemon_status as well. */
  readonly source: "daemon" | "publisher";
  /** Only the latest one is remembered, in memory. All others are stored before listeners get them, and can be replayed. */
  readonly isTransient?: boolean;
  /** The table of the last known state that it changes first; undefined: it changes none. */
  readonly table?: string;
}

export const EVENT_TYPES = {
  GatewayUserTrade: {
    source: "publisher",
    table: "trade_history",
    members: ["contractId", "profitAndLoss", "quantity"],
  },
  GatewayUserPosition: {
    source: "publisher",
    table: "positions",
    members: ["contractId", "type", "size", "averagePrice"],
  },
  GatewayUserOrder: {
    source: "publisher",
    table: "orders",
    members: ["id", "contractId", "type", "side", "size", "limitPrice", "stopPrice", "state"],
  },
  MarketQuote: { source: "publisher", isTransient: true, members: ["contractId", "bid", "ask", "last"] },
  lockout_set: {
    source: "publisher",
    table: "lockouts",
    tone: "bad",
    members: ["rule_id", "locked_until", "reason"],
  },
  lockout_cleared: { source: "publisher", table: "lockouts", tone: "good", members: ["cleared_by"] },
  enforcement_action: {
    source: "publisher",
    table: "enforcement_log",
    tone: "bad",
    members: ["action", "rule_id", "success", "reason"],
  },
  daily_reset: {
    source: "publisher",
    table: "daily_pnl",
    tone: "warning",
    members: ["previous_pnl", "previous_trade_count", "lockouts_cleared"],
  },
  daemon_status: { source: "publisher", tone: "warning", members: ["status", "message"] },
  GatewayContract: { source: "publisher", table: "contract_cache" },
  tunnel_state: { source: "daemon" },
  tunnel_health: { source: "daemon" },
  config_changed: { source: "daemon", describe: describeConfigChange },
  endpoint_state: { source: "daemon" },
  network_changed: { source: "daemon" },
  woke_up: { source: "daemon" },
} as const satisfies Record<string, EventTypeDescription>;

export type EventType = keyof typeof EVENT_TYPES;

type TypesWith<Trait> = { [Type in EventType]: (typeof EVENT_TYPES)[Type] extends Trait ? Type : never }[EventType];

/** Those that programs publish. */
export type PublishedType = TypesWith<{ readonly source: "publisher" }>;

/** Those that only the daemon causes. */
export type DaemonEventType = TypesWith<{ readonly source: "daemon" }>;

/** Those that change the last known state. */
export type StatefulType = TypesWith<{ readonly table: string }>;

const DESCRIPTIONS: ReadonlyMap<string, EventTypeDescription> = new Map(Object.entries(EVENT_TYPES));

/** The description of a type; undefined for a type that this version does not know. */
export function findEventType(type: string): EventTypeDescription | undefined {
  return DESCRIPTIONS.get(type);
}

/** Every type that listeners may be sent; `gap` tells of events that they cannot be sent. */
export const LISTENED_TYPES: readonly string[] = [...DESCRIPTIONS.keys(), "gap"];

/** Whether an event of this type is kept on disk. */
export function isDurable(type: string): boolean {
  return findEventType(type)?.isTransient !== true;
}

/** Whether an event of this type changes the tables of the last known state. */
export function isStateful(type: string): type is StatefulType {
  return findEventType(type)?.table !== undefined;
}

function describeConfigChange({ tunnel, change, isRunning }: Readonly<Record<string, unknown>>): string {
  const what = `config ${tunnel} was ${change}`;
  return isRunning === true ? `${what}; its tunnel goes on as it was until it is started anew` : what;
}
