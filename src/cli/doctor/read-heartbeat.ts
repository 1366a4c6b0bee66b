import * as v from "valibot";
import { readTextIfThere } from "../../platform/files/files.ts";

const schema = v.object({ lastHeartbeatIso: v.pipe(v.string(), v.isoTimestamp()) });

/** When a daemon last wrote the state file, by its own clock, in milliseconds since the epoch; undefined where none did. */
export function readHeartbeat(state: string): number | undefined {
  try {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), readTextIfThere(state) ?? "");
    return parsed.success ? Date.parse(parsed.output.lastHeartbeatIso) : undefined;
  } catch {
    return undefined;
  }
}
