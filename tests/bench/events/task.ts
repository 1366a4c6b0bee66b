import * as v from "valibot";

/** What the crowd can be told to do, one thing at a time. */
export const taskSchema = v.variant("kind", [
  /** So many more listeners; of them all, about 100 time what they hear. */
  v.object({
    kind: v.literal("join"),
    port: v.number(),
    dialect: v.picklist(["plain", "socket.io"]),
    count: v.number(),
  }),
  /** Events that reach anybody in so many milliseconds. */
  v.object({ kind: v.literal("count"), milliseconds: v.number() }),
  /** Forgets the times so far. */
  v.object({ kind: v.literal("time") }),
  /** The times since, once each timing listener has heard so many events or nobody has heard any for a while. */
  v.object({ kind: v.literal("report"), events: v.number() }),
  /** One more listener, which reads nothing. */
  v.object({ kind: v.literal("stop"), port: v.number() }),
  /** It reads on; for how it ends. */
  v.object({ kind: v.literal("go on") }),
]);
export type Task = v.InferOutput<typeof taskSchema>;

export const doneSchema = v.object({});
/** Events per second. */
export const countSchema = v.object({ rate: v.number() });
/** Milliseconds, and how many of the events to be timed arrived, from 0 to 1. */
export const timesSchema = v.object({ p50: v.optional(v.number()), p99: v.optional(v.number()), arrived: v.number() });
export const endSchema = v.object({ closeCode: v.optional(v.number()) });

export const answerSchema = v.variant("event", [
  v.object({ event: v.literal("report"), report: v.unknown() }),
  v.object({ event: v.literal("failed"), reason: v.string() }),
]);
