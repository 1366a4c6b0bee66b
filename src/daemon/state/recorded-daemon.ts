import * as v from "valibot";
import { Failure } from "../../platform/failure.ts";
import { readTextIfThere } from "../../platform/files/files.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { isStillRunning, type ProcessIdentity } from "../../platform/process/process-identity.ts";
import { hasEnded } from "./state-document.ts";

const recordEntries = {
  instanceId: v.optional(v.string()),
  state: v.optional(v.string(), "running"),
  stateReason: v.optional(v.string(), "ready"),
  stateDetail: v.optional(v.nullable(v.string()), null),
  stateSince: v.optional(v.string()),
  process: v.optional(v.object({ pid: v.number(), startTime: v.string(), executable: v.string() })),
};

/** A list is an object to the language; it is none to us. */
const recordSchema = v.pipe(
  v.unknown(),
  v.check((input) => !Array.isArray(input)),
  v.object(recordEntries),
);

/** The daemon that the state file speaks of: the one that runs, or how the last one ended. */
export interface RecordedDaemon {
  /** The living process; undefined where it has ended. */
  readonly process: ProcessIdentity | undefined;
  readonly instanceId: string | undefined;
  /** `crashed` also where it was to run and is dead. */
  readonly state: string;
  readonly stateReason: string;
  readonly stateDetail: string | null;
  readonly stateSince: string | undefined;
}

/** @returns undefined where none is on record. @throws Failure `state-corrupt`. */
export function readRecordedDaemon(paths: Pick<Paths, "state">): RecordedDaemon | undefined {
  const text = readTextIfThere(paths.state);
  if (text === undefined) return undefined;
  const record = v.safeParse(v.pipe(v.string(), v.parseJson(), recordSchema), text);
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
