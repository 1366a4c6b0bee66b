import { describeError } from "../../platform/failure.ts";
import { checkClock } from "./checks/clock.ts";
import { checkConfigs } from "./checks/configs.ts";
import { checkDaemon, checkLock, checkSocket, checkStateFiles } from "./checks/daemon.ts";
import { checkDisk } from "./checks/disk.ts";
import { checkEndpoints } from "./checks/endpoints.ts";
import { checkModes } from "./checks/modes.ts";
import { checkEvents, checkPort } from "./checks/ports.ts";
import { checkProgram } from "./checks/program.ts";
import { checkService } from "./checks/service.ts";
import { checkSettings } from "./checks/settings.ts";
import { checkProcesses, checkTunnels } from "./checks/tunnels.ts";
import type { Circumstances } from "./circumstances.ts";
import { blame, type Diagnosis, type Findings } from "./diagnosis.ts";

export type Check = (circumstances: Circumstances) => Findings | Promise<Findings>;

/** By name, in the order in which they are shown. */
export const CHECKS: Readonly<Record<string, Check>> = {
  daemon: checkDaemon,
  port: checkPort,
  events: checkEvents,
  lock: checkLock,
  socket: checkSocket,
  state: checkStateFiles,
  processes: checkProcesses,
  tunnels: checkTunnels,
  endpoints: checkEndpoints,
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
      const observations = shorten(await observe(check, circumstances));
      return observations.map((observation) => ({ check: name, ...observation }));
    }),
  );
  return found.flat();
}

/** What one check may tell: a file with thousands of faults is not mended by a list of them all. */
const MOST_OBSERVATIONS = 200;

function shorten(observations: Findings): Findings {
  if (observations.length <= MOST_OBSERVATIONS) return observations;
  const { problem = [], warning = [], ok = [] } = Object.groupBy(observations, ({ severity }) => severity);
  const sorted = [...problem, ...warning, ...ok];
  const rest = sorted.slice(MOST_OBSERVATIONS);
  const severity = rest[0]?.severity ?? "ok";
  const message = `and ${rest.length} more, which are not shown`;
  return [...sorted.slice(0, MOST_OBSERVATIONS), { severity, message, remedy: "mend those above first" }];
}

async function observe(check: Check, circumstances: Circumstances): Promise<Findings> {
  try {
    return await check(circumstances);
  } catch (error) {
    return blame(`this could not be looked at: ${describeError(error)}`, null);
  }
}
