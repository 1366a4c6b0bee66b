// HTTP + JSON on a unix socket, for our own command line and for dashboards: this folder translates between HTTP and the
// daemon's service; it decides nothing. Schemas are the contract: the server answers in them, the client parses with them,
// and the OpenAPI document is generated from them. Here are those of several routes and of the client, the others stand
// with their routes.

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
  /** Whether another program lies where the daemon's was started from. */
  newerProgram: v.optional(v.boolean()),
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
export const apiKeySchema = v.object({
  key: v.pipe(v.string(), v.regex(/\S/, "must not be blank"), v.maxLength(1_024)),
});

export const successorSchema = v.object({ pid: v.number(), version: v.string() });

/** A process other than the first. */
export const processId = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(2 ** 31 - 1));

/** The answer of a route that only reports success. */
export const nothingSchema = v.object({});

/** One line of GET /v1/events; empty lines between them only show that the stream is alive. */
export const eventSchema = v.union(
  Object.entries(DAEMON_EVENT_DATA).map(([type, { entries }]) =>
    v.object({ type: v.literal(type), at: isoTime, ...entries }),
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

/** A tunnel as the daemon describes it, and whether it is the one in Argus' slot. */
export type TunnelEntry = v.InferOutput<typeof tunnelSchema>;
export type StatusDocument = v.InferOutput<typeof statusSchema>;
export type EventsEntry = v.InferOutput<typeof eventsSchema>;
export type DaemonEntry = v.InferOutput<typeof daemonSchema>;
export type ConfigEntry = v.InferOutput<typeof configSchema>;
export type PublishedEntry = v.InferOutput<typeof publishedSchema>;
export type IdentityEntry = v.InferOutput<typeof identitySchema>;
