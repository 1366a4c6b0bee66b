import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import type { Audit } from "../../platform/audit.ts";
import { Failure } from "../../platform/failure.ts";
import { listFolder, readTextIfThere } from "../../platform/files/files.ts";
import { isStillRunning } from "../../platform/process/process-identity.ts";
import { formerSchema, hasEnded, inheritedSchema, type Previous, stateTextSchema } from "./state-document.ts";

/** What a daemon has that follows none. */
export const NOTHING_BEFORE = v.parse(inheritedSchema, {});

/** The schema that is written now. */
export const SCHEMA = 2;

type Written = Readonly<Record<string, unknown>>;

/** By the schema that a file has: how it becomes the next one. */
const STEPS: ReadonlyMap<number, (document: Written) => Written> = new Map([
  // The first told nothing but its children, and called its schema a version.
  [1, ({ children = [] }) => ({ state: "running", stateReason: "ready", slot: null, children, tunnels: [] })],
]);

const writtenSchema = v.pipe(
  stateTextSchema,
  v.looseObject({ schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1) }),
);

/**
 * Reads what the daemon before left; one of an older schema is migrated. A corrupt file is set aside, never overwritten.
 * @param now milliseconds since the epoch.
 * @throws Failure `state-corrupt` where a newer wpdaemon wrote it.
 */
export function loadFormer(path: string, audit: Audit, now: number): typeof NOTHING_BEFORE {
  sweepDrafts(path);
  const text = readTextIfThere(path);
  if (text === undefined) return NOTHING_BEFORE;
  const parsed = parseState(text, path);
  if (parsed.success) return { ...v.parse(inheritedSchema, parsed.output), previous: describeEnd(parsed.output, now) };
  audit("ERROR", `${path} is corrupt and was set aside as ${setAside(path, now)}: ${parsed.issues[0].message}`);
  return NOTHING_BEFORE;
}

/**
 * Parses the text of a state file, step by step from an older schema.
 * @throws Failure `state-corrupt` where a newer wpdaemon wrote it.
 */
export function parseState(text: string, path: string) {
  const written = v.safeParse(writtenSchema, text);
  if (!written.success) return written;
  if (written.output.schema > SCHEMA) {
    throw new Failure("state-corrupt", `${path} was written by a newer wpdaemon (schema ${written.output.schema})`, {
      hint: "start that one, or move the file away",
    });
  }
  let document: Written = written.output;
  for (let schema = written.output.schema; schema < SCHEMA; schema++) {
    document = { ...STEPS.get(schema)?.(document), schema: schema + 1 };
  }
  return v.safeParse(formerSchema, document);
}

/** How the daemon before ended, as it said itself, or as it looks. */
function describeEnd(former: v.InferOutput<typeof formerSchema>, now: number): Previous {
  const { state, stateReason, instanceId = null, stateSince, pid = null, process, previous } = former;
  const isOver = hasEnded(state);
  // One that has ended has told of itself there, its number included.
  if (isOver && previous !== null && previous.instanceId === instanceId) return previous;
  // The lock is ours although it runs: it is handing over.
  const isHandingOver = process !== undefined && isStillRunning(process);
  const [unsaid, why] = isHandingOver ? (["stopped", "handover"] as const) : (["crashed", "detected-dead"] as const);
  return {
    instanceId,
    pid: process?.pid ?? pid,
    state: isOver ? state : unsaid,
    stateReason: isOver ? stateReason : why,
    stoppedAt: isOver && stateSince !== undefined ? stateSince : new Date(now).toISOString(),
  };
}

/** A daemon that was killed while it wrote leaves its draft. The lock is ours, so nobody writes now. */
function sweepDrafts(path: string): void {
  const drafts = listFolder(dirname(path)).filter((file) => file.startsWith(`${path}.`) && file.endsWith(".tmp"));
  for (const draft of drafts) rmSync(draft, { force: true });
}

/** Corrupt files that are kept, the newest. */
const KEPT_ASIDE = 3;

function setAside(path: string, now: number): string {
  const aside = `${path}.corrupt-${now}`;
  renameSync(path, aside);
  const kept = listFolder(dirname(path)).filter((file) => file.startsWith(`${path}.corrupt-`));
  for (const file of kept.toSorted().slice(0, -KEPT_ASIDE)) rmSync(file, { force: true });
  return aside;
}
