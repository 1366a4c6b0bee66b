import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StateReason } from "../../../src/daemon/state/state-document.ts";
import { createStateFile, type StateFile } from "../../../src/daemon/state/state-file.ts";
import { identifyProcess, type ProcessIdentity } from "../../../src/platform/process/process-identity.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

/** What the clock says until a test moves it. */
export const FIRST_TIME = Date.UTC(2026, 0, 1);
export const FIRST_ISO = "2026-01-01T00:00:00.000Z";

/** A folder for a state file, which daemon after daemon opens; each gets a name of its own. */
export function createStateRig() {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "wpdaemon");
  mkdirSync(folder, { mode: 0o700 });
  const path = join(folder, "state.json");
  const entries: string[] = [];
  const clock = { time: FIRST_TIME };
  return {
    folder,
    path,
    entries,
    clock,
    open: (instanceId = "first", identity = ourselves(), reason: StateReason = "cli-start"): StateFile => {
      const file = createStateFile({
        path,
        identify: () => identity,
        instanceId,
        version: "9.8.7",
        logFile: "/logs/daemon.log",
        reason,
        audit: (category, message) => void entries.push(`${category} ${message}`),
        now: () => clock.time,
      });
      file.open();
      return file;
    },
    onDisk: (): unknown => JSON.parse(readFileSync(path, "utf8")),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

export function ourselves(): ProcessIdentity {
  const found = identifyProcess(process.pid);
  if (found === undefined) throw new Error("this process has no identity");
  return found;
}

/** A process that has ended. */
export async function endedProcess(): Promise<ProcessIdentity> {
  const child = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
  const identity = identifyProcess(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  if (identity === undefined) throw new Error("the process had no identity");
  return identity;
}
