// HTTP + JSON on a unix socket, for our own command line and for dashboards: this folder translates between HTTP and the
// daemon's service; it decides nothing. These schemas are the contract: the server answers in
// them, the client parses with them, and the OpenAPI document is generated from them.

import * as v from "valibot";
import { endpointsSchema } from "../../endpoints/document.ts";
import { DAEMON_EVENT_DATA } from "../../events/daemon-events.ts";
import { tunnelStatusSchema } from "../../tunnels/life/status.ts";

const isoTime = v.pipe(v.string(), v.isoTimestamp());

/** One tunnel, as `status --json` and `up --json` print it. */
export const tunnelSchema = v.object({
  ...tunnelStatusSchema.entries,
  /** Whether this is the tunnel that the line protocol's `state` speaks of. */
  slot: v.boolean(),
});

const turnSchema = v.object({
  milliseconds: v.number(),
  /** The part of the program that took most of it: `line protocol`, `tunnel us-east`, … */
  part: v.string(),
  at: isoTime,
});

const daemonSchema = v.object({
  version: v.string(),
  implementation: v.string(),
  pid: v.number(),
  instanceId: v.string(),
  state: v.string(),
  stateReason: v.string(),
  stateDetail: v.nullable(v.string()),
  startedAt: isoTime,
  /** `host:port` of the line protocol. */
  address: v.string(),
  home: v.string(),
  /** The wireproxy in use; null while none was found. */
  program: v.nullable(v.string()),
  /** Bytes of its download, while one is under way. Absent, as the next, from a daemon that is older than this. */
  programDownload: v.optional(v.nullable(v.object({ received: v.number(), total: v.nullable(v.number()) }))),
  /** Why there is none, and none is being downloaded. */
  programFault: v.optional(v.nullable(v.string())),
  memory: v.nullable(v.object({ residentBytes: v.number(), anonymousBytes: v.number() })),
  /** Turns of the event loop, in which everybody else waits; null before the first. Absent, as the next, from an older one. */
  loop: v.optional(
    v.object({
      /** The longest since the start. */
      longestTurn: v.nullable(turnSchema),
      /** The longest of the last one to two hours. */
      recentTurn: v.nullable(turnSchema),
    }),
  ),
  /** Defects of wpdaemon that have shown since the start, each of which ended no more than what it belonged to. */
  faults: v.optional(
    v.object({
      /** How many, by part. */
      byPart: v.record(v.string(), v.number()),
      last: v.nullable(v.object({ part: v.string(), message: v.string(), at: isoTime })),
    }),
  ),
  /** How daemons of this home ended by faults of their own in the last ten minutes. */
  ends: v.optional(v.array(v.object({ at: v.string(), tunnel: v.nullable(v.string()), detail: v.string() }))),
});

const eventsSchema = v.object({
  /** Of the event stream; null while it is not open. */
  url: v.nullable(v.string()),
  /** How many listen to it. */
  clients: v.number(),
  /** Why it is not open though it is wanted, or why events cannot be kept. */
  fault: v.nullable(v.string()),
});

export const statusSchema = v.object({
  daemon: daemonSchema,
  /** Absent from a daemon that is older than this. */
  events: v.optional(eventsSchema),
  tunnels: v.array(tunnelSchema),
  /** Absent where none are configured. */
  endpoints: v.optional(endpointsSchema),
});

export const configSchema = v.object({
  name: v.string(),
  file: v.string(),
});

export const identitySchema = v.object({
  instanceId: v.string(),
  pid: v.number(),
  version: v.string(),
  state: v.string(),
  startedAt: isoTime,
});

/** The worst word of the tunnels that are up or ought to be; `idle` where there is none. */
export const healthReportSchema = v.object({
  health: tunnelStatusSchema.entries.health,
  tunnels: v.array(v.pick(tunnelSchema, ["name", "state", "health", "reason", "action"])),
});

export const stopRequestSchema = v.optional(
  v.object({ reason: v.optional(v.pipe(v.string(), v.maxLength(200)), "asked over the control socket") }),
  {},
);

/** The daemon ends 50 ms after this answer. */
export const stoppingSchema = v.object({ status: v.literal("stopping") });

/** The API key of ngrok. */
export const apiKeySchema = v.object({ key: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1_024)) });

export const handoverSchema = v.object({ program: v.pipe(v.string(), v.startsWith("/"), v.maxLength(4096)) });

export const successorSchema = v.object({ pid: v.number(), version: v.string() });

const processId = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(2 ** 31 - 1));

/** A successor shows that it is the one that the daemon started. */
export const successorProofSchema = v.object({
  pid: processId,
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** It can also go on in the place of the process before, under its number. */
  canReplace: v.optional(v.boolean(), false),
});

/** The answer of a route that only reports success. */
export const nothingSchema = v.object({});

export const logQuerySchema = v.object({
  /** A tunnel, `audit` or `daemon`. */
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  lines: v.optional(
    v.pipe(v.string(), v.digits(), v.description("From 0 to 10,000."), v.toNumber(), v.minValue(0), v.maxValue(10_000)),
    "200",
  ),
  /** 1: go on with what comes, as text/plain. */
  follow: v.optional(v.picklist(["0", "1"]), "0"),
});

export const logSchema = v.object({ path: v.string(), lines: v.array(v.string()) });

/** One line of GET /v1/events; empty lines between them only show that the stream is alive. */
export const eventSchema = v.union(
  Object.entries(DAEMON_EVENT_DATA).map(([type, { entries }]) =>
    v.object({ type: v.literal(type), at: isoTime, ...entries }),
  ),
);

/** One line of it with since or format=feed. */
export const numberedEventSchema = v.object({
  seq: v.number(),
  type: v.string(),
  account_id: v.nullable(v.number()),
  data: v.looseObject({}),
});

/** A word of the publisher's own, the same whenever he repeats a request because its answer was lost. */
const idempotencyKey = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,200}$/, "must be 1 to 200 visible characters of ASCII"),
);

/** The header goes before the query; on the TCP port the query is signed, and the header is not. */
export const publishHeadersSchema = v.object({ "idempotency-key": v.optional(idempotencyKey) });
export const publishQuerySchema = v.object({ key: v.optional(idempotencyKey) });

/** Each event is judged by the feed, so that one that is wrong keeps no other back. */
export const publishSchema = v.pipe(
  v.unknown(),
  v.description(
    'One event, {"type", "account_id", "data"}, or an array of at most 1,000; together at most 1 MiB; components/schemas has each type. A MarketQuote without an account goes to each account that holds a position or a working order in its contract.',
  ),
);

/** An event's number. */
const publishedNumber = v.pipe(
  v.nullable(v.number()),
  v.description(
    "A quote without an account is as many events as accounts hold something in its contract: then it is the last one's, and null where nobody does.",
  ),
);

/** One result for each event, in their order. */
export const publishedSchema = v.object({
  accepted: v.number(),
  results: v.array(v.union([v.object({ seq: publishedNumber }), v.object({ index: v.number(), error: v.string() })])),
});

export const eventQuerySchema = v.object({
  /** The last number that the reader has seen: he gets what is kept of what came after, and then what comes. */
  since: v.optional(v.pipe(v.string(), v.digits(), v.toNumber(), v.maxValue(Number.MAX_SAFE_INTEGER))),
  /** Numbered events in the feed's envelope; `since` implies it. */
  format: v.optional(v.picklist(["feed"])),
});

const sessionId = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

export const sessionStartedSchema = v.object({ sessionId, metadata: v.looseObject({ hostPid: processId }) });
export const sessionStartedAnswerSchema = v.object({ status: v.literal("ok") });

/** `PID-<n>` selects by process number. */
export const stopSessionSchema = v.object({ sessionId });
export const stopSessionAnswerSchema = v.object({ success: v.boolean() });

/** Every session has reported by the time it is known, so all of them are listed either way. */
export const listQuerySchema = v.object({ all: v.optional(v.picklist(["0", "1"]), "0") });
export const sessionListSchema = v.object({
  children: v.array(v.object({ startedBy: v.string(), remcliSessionId: v.string(), pid: v.number() })),
});

/** A tunnel as the daemon describes it, and whether it is the one in Argus' slot. */
export type TunnelEntry = v.InferOutput<typeof tunnelSchema>;
export type StatusDocument = v.InferOutput<typeof statusSchema>;
export type EventsEntry = v.InferOutput<typeof eventsSchema>;
export type DaemonEntry = v.InferOutput<typeof daemonSchema>;
export type ConfigEntry = v.InferOutput<typeof configSchema>;
export type PublishedEntry = v.InferOutput<typeof publishedSchema>;
export type IdentityEntry = v.InferOutput<typeof identitySchema>;
