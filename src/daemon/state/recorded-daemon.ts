import * as v from "valibot";
import { Failure } from "../../platform/failure.ts";
import { readTextIfThere } from "../../platform/files/files.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { isStillRunning } from "../../platform/process/process-identity.ts";
import { hasEnded, processSchema, stateTextSchema } from "./state-document.ts";

const recordSchema = v.pipe(
  stateTextSchema,
  v.object({
    instanceId: v.optional(v.string()),
    state: v.optional(v.string(), "running"),
    stateReason: v.optional(v.string(), "ready"),
    stateDetail: v.optional(v.nullable(v.string()), null),
    stateSince: v.optional(v.string()),
    process: v.optional(processSchema),
  }),
);

/** The daemon that the state file speaks of: the one that runs, or how the last one ended. */
export type RecordedDaemon = NonNullable<ReturnType<typeof readRecordedDaemon>>;

/**
 * @returns undefined where none is on record; of a daemon that has ended without the process, and as `crashed` where it was
 * to run and is dead. @throws Failure `state-corrupt`.
 */
export function readRecordedDaemon(paths: Pick<Paths, "state">) {
  const text = readTextIfThere(paths.state);
  if (text === undefined) return undefined;
  const record = v.safeParse(recordSchema, text);
  if (!record.success) {
    throw new Failure("state-corrupt", `${paths.state} cannot be read`, {
      hint: "start a daemon: it sets the file aside and writes a new one",
    });
  }
  const { process: known, instanceId, stateDetail, stateSince, ...said } = record.output;
  const process = known !== undefined && isStillRunning(known) ? known : undefined;
  const isDead = process === undefined && !hasEnded(said.state);
  const { state, stateReason } = isDead ? { state: "crashed", stateReason: "detected-dead" } : said;
  return { process, instanceId, state, stateReason, stateDetail, stateSince };
}
