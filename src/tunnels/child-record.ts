import * as v from "valibot";

/**
 * What is on disk about a child before anyone relies on it, so that whichever daemon comes next finds it again.
 * `process` is null from just before the spawn until its identity is known: a child that was spawned in that moment is
 * found by its pipe, which no other process holds.
 */
export const childRecordSchema = v.strictObject({
  /** Config name with its suffix, `us-east.conf`. */
  config: v.string(),
  configFile: v.string(),
  logFile: v.string(),
  pipe: v.string(),
  program: v.string(),
  startedAt: v.number(),
  listeners: v.array(v.strictObject({ transport: v.picklist(["tcp", "udp"]), host: v.string(), port: v.number() })),
  process: v.nullable(v.strictObject({ pid: v.number(), startTime: v.string(), executable: v.string() })),
});

export type ChildRecord = v.InferOutput<typeof childRecordSchema>;

/** The children that are, or are about to be, alive; every change is on disk when the call returns. */
export interface ChildRegister {
  list(): readonly ChildRecord[];
  /** Adds a record or replaces the one with the same log. */
  put(record: ChildRecord): void;
  remove(logFile: string): void;
}
