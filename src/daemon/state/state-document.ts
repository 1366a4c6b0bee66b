import * as v from "valibot";
import { childRecordSchema, standingSchema, wantedTunnelSchema } from "../../tunnels/driver/child-record.ts";

const stateSchema = v.picklist(["starting", "running", "stopping", "stopped", "crashed", "failed"]);
export type DaemonState = v.InferOutput<typeof stateSchema>;

const reasonSchema = v.picklist([
  "cli-start",
  "auto-start",
  "service",
  "handover",
  "ready",
  "degraded-no-program",
  "cli-stop",
  "signal-SIGTERM",
  "signal-SIGINT",
  "signal-SIGHUP",
  "lost-ownership",
  "exception",
  "forced-exit",
  "detected-dead",
  "lock-held",
  "port-unavailable",
  "startup-exception",
  "permission",
]);
export type StateReason = v.InferOutput<typeof reasonSchema>;

/** A daemon's end by a fault of its own. */
const endSchema = v.object({
  /** ISO 8601. */
  at: v.string(),
  /** Config, with suffix, of the tunnel that caused it; null where that is not known. */
  config: v.nullable(v.string()),
  detail: v.string(),
});

/** A start within which a daemon's process ended: killed, or by a fault of the runtime's. */
const brokenStartSchema = v.object({ at: v.string(), config: v.string() });

export const processSchema = v.object({ pid: v.number(), startTime: v.string(), executable: v.string() });

const previousSchema = v.object({
  instanceId: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  state: stateSchema,
  stateReason: reasonSchema,
  stoppedAt: v.string(),
});
export type Previous = v.InferOutput<typeof previousSchema>;

/** A program that reported itself; its start distinguishes its process from a later one with the same number. */
const sessionSchema = v.object({ id: v.string(), pid: v.number(), startTime: v.string() });

/** The text of the file. A list is an object to the language; it is none to us. */
export const stateTextSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((input) => !Array.isArray(input), "a list, where an object is expected"),
);

/** Whose file it is, whatever else it holds. */
export const ownerSchema = v.object({ instanceId: v.string() });

/** What a daemon keeps of the one before it. */
export const inheritedSchema = v.object({
  /** Config, with suffix, that the line protocol speaks of. */
  slot: v.optional(v.nullable(v.string()), null),
  children: v.optional(v.array(childRecordSchema), []),
  tunnels: v.optional(v.array(wantedTunnelSchema), []),
  standings: v.optional(v.fallback(v.array(standingSchema), []), []),
  sessions: v.optional(v.fallback(v.array(sessionSchema), []), []),
  /** When daemons took over from each other here in the last ten minutes, ISO 8601. */
  handOvers: v.optional(v.array(v.string()), []),
  /** How daemons ended here by faults of their own in the last ten minutes, ten of them at most. */
  ends: v.optional(v.fallback(v.array(endSchema), []), []),
  /** Configs, with suffix, of the tunnels that are being started now. */
  starting: v.optional(v.fallback(v.array(v.string()), []), []),
  /** In whose start a daemon's process ended without a word in the last ten minutes. */
  brokenStarts: v.optional(v.fallback(v.array(brokenStartSchema), []), []),
  previous: v.optional(v.fallback(v.nullable(previousSchema), null), null),
});

type Inherited = v.InferOutput<typeof inheritedSchema>;

/** What a daemon reads of the file that the one before it left, once that has the present schema. */
export const formerSchema = v.object({
  state: v.optional(stateSchema, "running"),
  // Another version may know other words.
  stateReason: v.optional(v.fallback(reasonSchema, "detected-dead"), "ready"),
  stateSince: v.optional(v.string()),
  instanceId: v.optional(v.string()),
  pid: v.optional(v.number()),
  process: v.optional(processSchema),
  ...inheritedSchema.entries,
});

/** Whether a daemon in this state is none any more. */
export function hasEnded(state: string): boolean {
  return state === "stopped" || state === "crashed" || state === "failed";
}

export interface StateDocument extends ReadonlyLists<Inherited> {
  readonly schema: 2;
  readonly state: DaemonState;
  readonly stateReason: StateReason;
  readonly stateDetail: string | null;
  readonly stateSince: string;
  readonly instanceId: string;
  /** Absent once the daemon has ended, as is `process`. */
  readonly pid?: number;
  readonly process?: v.InferOutput<typeof processSchema>;
  /** Milliseconds since the epoch. */
  readonly processStartedAt: number;
  /** The names of version 1, which other programs read; the same times as their `…Iso`. */
  readonly startTime: string;
  readonly lastHeartbeat: string;
  readonly startedWithCliVersion: string;
  readonly daemonLogPath: string;
  readonly startTimeIso: string;
  readonly lastHeartbeatIso: string;
  readonly exitCode: number | null;
}

type ReadonlyLists<Members> = {
  readonly [Name in keyof Members]: Members[Name] extends (infer Entry)[] ? readonly Entry[] : Members[Name];
};
