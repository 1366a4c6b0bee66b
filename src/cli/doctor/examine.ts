import { describeError } from "../../platform/failure.ts";
import { checkClock } from "./check-clock.ts";
import { checkConfigs } from "./check-configs.ts";
import { checkDaemon } from "./check-daemon.ts";
import { checkDisk } from "./check-disk.ts";
import { checkEvents } from "./check-events.ts";
import { checkLock } from "./check-lock.ts";
import { checkModes } from "./check-modes.ts";
import { checkPort } from "./check-port.ts";
import { checkProcesses } from "./check-processes.ts";
import { checkProgram } from "./check-program.ts";
import { checkService } from "./check-service.ts";
import { checkSettings } from "./check-settings.ts";
import { checkSocket } from "./check-socket.ts";
import { checkStateFiles } from "./check-state-files.ts";
import { checkTunnels } from "./check-tunnels.ts";
import type { Circumstances } from "./circumstances.ts";
import { blame, type Diagnosis } from "./diagnosis.ts";

export type Check = (circumstances: Circumstances) => Promise<readonly Diagnosis[]>;

/** In the order in which they are shown. */
const CHECKS: Readonly<Record<string, Check>> = {
  daemon: checkDaemon,
  port: checkPort,
  events: checkEvents,
  lock: checkLock,
  socket: checkSocket,
  state: checkStateFiles,
  processes: checkProcesses,
  tunnels: checkTunnels,
  wireproxy: checkProgram,
  configs: checkConfigs,
  settings: checkSettings,
  modes: checkModes,
  clock: checkClock,
  disk: (circumstances) => checkDisk(circumstances),
  service: (circumstances) => checkService(circumstances),
};

/** Carries all checks out. One that cannot be carried out is a problem of its own. It never rejects. */
export async function examine(
  circumstances: Circumstances,
  checks: Readonly<Record<string, Check>> = CHECKS,
): Promise<readonly Diagnosis[]> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        return await check(circumstances);
      } catch (error) {
        return [blame(name, `this could not be looked at: ${describeError(error)}`, null)];
      }
    }),
  );
  return found.flat();
}
