import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";
import type { FoundProcess } from "../processes/classify-processes.ts";

/** The tunnels that the daemon says are not well, with its reason and advice. */
export function checkTunnels({ daemon: { status } }: Circumstances): Findings {
  if (status instanceof Failure) return [];
  const found = status.tunnels.flatMap(describeTunnel);
  const healthy = status.tunnels.filter(({ health }) => health === "healthy").length;
  return [...fine(`${healthy} of ${status.tunnels.length} are healthy`), ...found];
}

function describeTunnel({ name, state, health, reason, action }: TunnelEntry): Findings {
  const message = `${name} is ${state}, ${health}: ${reason}`;
  if (state === "failed" || health === "down") return blame(message, action ?? `wpdaemon logs ${name} tells more`);
  if (health === "degraded") return warn(message, action);
  // It is well, and its config was changed.
  return state === "running" && action !== null ? warn(`${name}: ${action}`, null) : [];
}

const CLEAN = "wpdaemon doctor clean ends it";

/** Processes that nobody looks after any more. */
export function checkProcesses({ processes, daemon: { children } }: Circumstances): Findings {
  if (processes instanceof Failure) return blameFailure(processes);
  const found = processes.flatMap((process) => {
    const isOnRecord = children?.some((child) => child.process?.pid === process.pid) === true;
    return describeProcess(process, isOnRecord);
  });
  return found.length === 0 ? fine("none is left over") : found;
}

function describeProcess({ category, pid, name, evidence, parent }: FoundProcess, isOnRecord: boolean): Findings {
  const who = `process ${pid} (${name})`;
  switch (category) {
    case "self":
    case "daemon-current":
    case "tunnel-tracked":
      return [];
    case "daemon-changing":
      return fine(`${who}: ${evidence}`);
    case "tunnel-foreign":
      return warn(
        `${who} is a wireproxy that this daemon did not start: ${evidence}`,
        `if nobody needs it: kill ${pid}`,
      );
    case "tunnel-orphan":
      return isOnRecord
        ? warn(`${who} goes on without a daemon: ${evidence}`, `wpdaemon start takes it over; ${CLEAN}`)
        : blame(`${who} is an orphaned wireproxy: ${evidence}`, CLEAN);
    case "daemon-stale":
      return blame(`${who} is left over: ${evidence}`, CLEAN);
    case "version-check-stuck":
      return warn(`${who} hangs: ${evidence}`, CLEAN);
    case "zombie":
      return warn(`${who} is a zombie: ${evidence}`, `it goes when process ${parent} ends`);
  }
}
