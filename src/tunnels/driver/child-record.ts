import { basename, join } from "node:path";
import * as v from "valibot";
import type { Paths } from "../../platform/files/paths.ts";

/** The last moment that a date can show, in milliseconds since the epoch (ECMA-262, Time Values). */
const LAST_MOMENT = 8.64e15;

const listenerSchema = v.strictObject({
  transport: v.picklist(["tcp", "udp"]),
  host: v.string(),
  port: v.number(),
});

/**
 * What is on disk about a child before anyone relies on it, so that whichever daemon comes next finds it again.
 * `process` is null from just before the spawn until its identity is known: a child that was spawned in that moment is
 * found by its pipe, which no other process holds.
 */
export const childRecordSchema = v.strictObject({
  /** Config name with its suffix, `us-east.conf`. */
  config: v.string(),
  configFile: v.string(),
  /** Absolute path of this run's log. */
  logFile: v.string(),
  pipe: v.string(),
  program: v.string(),
  /** Milliseconds since the epoch; what is no time of a calendar counts as 1970. */
  startedAt: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MOMENT)), 0),
  listeners: v.array(listenerSchema),
  /** The config that it was started with, where that is not its own; removed once it has read it. */
  derivedFile: v.optional(v.nullable(v.string()), null),
  /** Hosts of its peers, names or addresses. */
  endpoints: v.optional(v.array(v.string()), []),
  /** `host:port` of its SOCKS5 and HTTP proxies, where programs of this machine find them. */
  socks: v.optional(v.nullable(v.string()), null),
  /** Whether that asks for no password. */
  socksIsOpen: v.optional(v.boolean(), false),
  http: v.optional(v.nullable(v.string()), null),
  /** Port of its own counters on 127.0.0.1; null where it has none. */
  infoPort: v.optional(v.nullable(v.number()), null),
  /** The config that carries it in place of its own. */
  carrier: v.optional(v.nullable(v.string()), null),
  /** It listens where its config says. */
  ownAddress: v.optional(v.boolean(), true),
  process: v.nullable(v.strictObject({ pid: v.number(), startTime: v.string(), executable: v.string() })),
});

/**
 * Whether a record speaks of files that are ours: a state file that somebody has changed must not have us write to, cut or
 * remove any other.
 */
export function isOwnRecord(
  record: ChildRecord,
  paths: Pick<Paths, "logs" | "pipes" | "derived" | "auditLog">,
): boolean {
  const { logFile, pipe, derivedFile } = record;
  return (
    liesIn(paths.logs, logFile) &&
    logFile !== paths.auditLog &&
    liesIn(paths.pipes, pipe) &&
    (derivedFile === null || liesIn(paths.derived, derivedFile))
  );
}

function liesIn(folder: string, path: string): boolean {
  return path === join(folder, basename(path));
}

export type ChildRecord = v.InferOutput<typeof childRecordSchema>;

/** The children that are, or are about to be, alive; every change is on disk when the call returns. */
export interface ChildRegister {
  list(): readonly ChildRecord[];
  /** Adds a record or replaces the one with the same log. */
  put(record: ChildRecord): void;
  remove(logFile: string): void;
}

/** A tunnel that is meant to be up, whether a process carries it at the moment or not. */
export const wantedTunnelSchema = v.strictObject({
  config: v.string(),
  /** Where it has to listen: where its config says, or on this SOCKS port; null where that is still open. */
  socksPort: v.nullable(v.number()),
  ownAddress: v.boolean(),
});

export type WantedTunnel = v.InferOutput<typeof wantedTunnelSchema>;

/** How a tunnel that is meant to be up fares, as it was last told: a daemon that goes on with it need not tell it again. */
export const standingSchema = v.object({
  config: v.string(),
  state: v.picklist(["running", "recovering", "failed"]),
  /** Milliseconds since the epoch. */
  since: v.number(),
  reason: v.string(),
  restarts: v.number(),
  health: v.object({
    health: v.picklist(["healthy", "degraded", "down", "idle"]),
    /** One sentence that says why. */
    reason: v.string(),
    /** What a person should do about it; null where there is nothing to do. */
    action: v.nullable(v.string()),
  }),
});

export type Standing = v.InferOutput<typeof standingSchema>;

/** The tunnels that are meant to be up, on disk when a call returns. */
export interface WantedRegister {
  list(): readonly WantedTunnel[];
  put(tunnel: WantedTunnel): void;
  /** How it fares goes with it. */
  remove(config: string): void;
  standing(config: string): Standing | undefined;
  putStanding(standing: Standing): void;
}
