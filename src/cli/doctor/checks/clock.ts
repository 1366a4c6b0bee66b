import { statSync } from "node:fs";
import * as v from "valibot";
import { attemptOr } from "../../../platform/failure.ts";
import { readTextIfThere } from "../../../platform/files/files.ts";
import { listSessionLogs } from "../../../tunnels/driver/session-log.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Findings, fine, warn } from "../diagnosis.ts";

/** A smaller correction of the time is not worth a warning. */
const TOLERANCE_MS = 60_000;

/** wireproxy 1.1.3 did not exist before 2025: a machine that believes so has lost its clock. */
const EARLIEST = Date.UTC(2025, 0, 1);

/**
 * What can be known of the clock here: whether it was set back since something was written. A WireGuard peer refuses
 * a handshake whose time stamp is not later than the last one (its protection against replay), so such a tunnel stays
 * silent until the clock has caught up.
 */
export function checkClock({ paths, now }: Circumstances): Findings {
  const shown = describeTime(now);
  if (now < EARLIEST) {
    return blame(`it says ${shown}, which cannot be`, "set the time: peers refuse handshakes from the past");
  }
  const times = [
    ["the state file's heartbeat", readHeartbeat(paths.state)],
    ["the audit log", lastChange(paths.auditLog)],
    ["the daemon's log", lastChange(paths.log)],
    ["the newest session log", newestSession(paths.logs)],
  ] as const;
  const [latest, time] = times.reduce((one, other) => ((other[1] ?? 0) > (one[1] ?? 0) ? other : one));
  if (time === undefined || time <= now + TOLERANCE_MS)
    return fine(`it says ${shown}, later than all that was written here`);
  return warn(
    `it was set back: ${latest} is of ${describeTime(time)}, and it is ${shown} now`,
    "set the time; peers refuse handshakes until it is later than the last one that they saw",
  );
}

function describeTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}

function lastChange(path: string): number | undefined {
  return attemptOr(undefined, () => statSync(path).mtimeMs);
}

function newestSession(folder: string): number | undefined {
  const times = listSessionLogs(folder).map(({ seconds }) => seconds * 1_000);
  return times.length === 0 ? undefined : Math.max(...times);
}

const heartbeatSchema = v.object({ lastHeartbeatIso: v.pipe(v.string(), v.isoTimestamp()) });

/** When a daemon last wrote the state file, by its own clock, in milliseconds since the epoch; undefined where none did. */
function readHeartbeat(state: string): number | undefined {
  const schema = v.pipe(v.string(), v.parseJson(), heartbeatSchema);
  return attemptOr(undefined, () => Date.parse(v.parse(schema, readTextIfThere(state)).lastHeartbeatIso));
}
