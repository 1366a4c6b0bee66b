import * as v from "valibot";

const entry = v.object({ port: v.number(), beyond: v.optional(v.number()) });

/** What the load can be told to do, one thing at a time. */
export const taskSchema = v.variant("kind", [
  v.object({
    kind: v.literal("transfer"),
    entry,
    direction: v.picklist(["down", "up"]),
    content: v.picklist(["zeros", "noise"]),
    streams: v.number(),
    warmUpMs: v.number(),
    milliseconds: v.number(),
    pids: v.array(v.number()),
  }),
  v.object({ kind: v.literal("ping"), entry, count: v.number() }),
  v.object({ kind: v.literal("set up"), entry, count: v.number() }),
  /** They stay open until the load ends. */
  v.object({ kind: v.literal("idle"), entry, count: v.number() }),
  v.object({ kind: v.literal("stop"), entry, milliseconds: v.number() }),
]);
export type Task = v.InferOutput<typeof taskSchema>;

/** The reports of `transfer`, `ping` and `set up` (microseconds), `idle`, and `stop`. */
export const transferSchema = v.object({
  bytes: v.number(),
  milliseconds: v.number(),
  cpuSeconds: v.optional(v.number()),
  isWhole: v.boolean(),
});
export const samplesSchema = v.array(v.number());
export const idleSchema = v.object({ open: v.number() });
export const stopSchema = v.object({ alone: v.number(), beside: v.number(), lost: v.number() });

export const answerSchema = v.variant("event", [
  v.object({ event: v.literal("report"), report: v.unknown() }),
  v.object({ event: v.literal("failed"), reason: v.string() }),
]);
