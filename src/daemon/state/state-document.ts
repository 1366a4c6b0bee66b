import * as v from "valibot";
import { childRecordSchema, wantedTunnelSchema } from "../../tunnels/driver/child-record.ts";

/** Reference page daemon-lifecycle-and-remote.md section 1.6, version 2. */
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
  "package-removed",
  "exception",
  "rejection",
  "forced-exit",
  "detected-dead",
  "lock-held",
  "port-unavailable",
  "startup-exception",
  "permission",
]);
export type StateReason = v.InferOutput<typeof reasonSchema>;

const processSchema = v.object({ pid: v.number(), startTime: v.string(), executable: v.string() });

const previousSchema = v.object({
  instanceId: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  state: stateSchema,
  stateReason: reasonSchema,
  stoppedAt: v.string(),
});
export type Previous = v.InferOutput<typeof previousSchema>;

/** A list is an object to the language; it is none to us. */
const noListSchema = v.check((input: unknown) => !Array.isArray(input), "a list, where an object is expected");

/** The version that a file is written in, whatever else it holds. */
export const versionSchema = v.pipe(v.unknown(), noListSchema, v.object({ schema: v.optional(v.number(), 1) }));

/** Whose file it is, whatever else it holds. */
export const ownerSchema = v.object({ instanceId: v.string() });

const formerEntries = {
  schema: v.optional(v.number(), 1),
  state: v.optional(stateSchema, "running"),
  stateReason: v.optional(reasonSchema, "ready"),
  stateSince: v.optional(v.string()),
  instanceId: v.optional(v.string()),
  pid: v.optional(v.number()),
  process: v.optional(processSchema),
  slot: v.optional(v.nullable(v.string()), null),
  children: v.optional(v.array(childRecordSchema), []),
  tunnels: v.optional(v.array(wantedTunnelSchema), []),
  handOvers: v.optional(v.array(v.string()), []),
  previous: v.optional(v.fallback(v.nullable(previousSchema), null), null),
};

/** What a daemon reads of the file that the one before it left; version 1 had children alone. */
export const formerSchema = v.pipe(v.unknown(), noListSchema, v.object(formerEntries));

export interface StateDocument {
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
  /** Config, with suffix, that the line protocol speaks of. */
  readonly slot: string | null;
  readonly children: readonly v.InferOutput<typeof childRecordSchema>[];
  readonly tunnels: readonly v.InferOutput<typeof wantedTunnelSchema>[];
  /** When daemons took over from each other here in the last ten minutes, ISO 8601. */
  readonly handOvers: readonly string[];
  readonly previous: Previous | null;
}
