import { existsSync } from "node:fs";
import { parseState } from "../../daemon/state/former.ts";
import { readRecordedDaemon } from "../../daemon/state/recorded-daemon.ts";
import { attemptOr, Failure, toFailure } from "../../platform/failure.ts";
import { readTextIfThere } from "../../platform/files/files.ts";
import { tryLock } from "../../platform/files/lock.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { ChildRecord } from "../../tunnels/driver/child-record.ts";
import type { ControlClient } from "../daemon/control-client.ts";
import { attempt } from "./attempt.ts";

/** What each source says about an installation's daemon. */
export type KnownDaemon = Readonly<Awaited<ReturnType<typeof inspectDaemon>>>;

/** Asks the daemon, its state file and its lock. It never rejects. */
export async function inspectDaemon(paths: Paths, control: Pick<ControlClient, "status">) {
  const status = await control.status().catch(toFailure);
  return {
    /** What it answers, or why it does not. */
    status,
    /** From the state file; undefined if there is none. */
    record: attempt(() => readRecordedDaemon(paths)),
    /** The tunnels' processes on record; undefined where the state file cannot be read. */
    children: readChildren(paths.state),
    lock: attempt(() => lookAtLock(paths.lock)),
  };
}

/** Whether a daemon serves the installation; true in doubt. */
export function isDaemonAlive({ status, record, lock }: KnownDaemon): boolean {
  if (!(status instanceof Failure) || lock instanceof Failure || lock.isHeld) return true;
  return record !== undefined && !(record instanceof Failure) && record.process !== undefined;
}

/** @returns undefined where the file cannot be read or understood. */
export function readChildren(state: string): readonly ChildRecord[] | undefined {
  return attemptOr(undefined, () => {
    const text = readTextIfThere(state);
    if (text === undefined) return [];
    const parsed = parseState(text, state);
    return parsed.success ? parsed.output.children : undefined;
  });
}

/**
 * A lock must be tried to see whether it is held. One that was free is released at once.
 * @returns the number that its holder wrote, too.
 */
function lookAtLock(path: string): { readonly isHeld: boolean; readonly holder: number | undefined } {
  if (!existsSync(path)) return { isHeld: false, holder: undefined };
  const found = tryLock(path);
  if (!("release" in found)) return { isHeld: true, holder: found.holder };
  found.release();
  return { isHeld: false, holder: undefined };
}
