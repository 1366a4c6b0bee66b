import * as v from "valibot";

/** Tells the program that was started in a network of its own where its doors are. */
export const ISOLATION_VARIABLE = "WPDAEMON_ISOLATION";

const isolationSchema = v.strictObject({
  /** Holds a socket named for each port. */
  folder: v.string(),
  ports: v.array(v.number()),
});

export type Isolation = v.InferOutput<typeof isolationSchema>;

export function parseIsolation(text: string): Isolation {
  return v.parse(v.pipe(v.string(), v.parseJson(), isolationSchema), text);
}
