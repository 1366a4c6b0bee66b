import { Failure } from "../../../platform/failure.ts";
import { VERSION } from "../../../platform/process/self.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine, warn } from "../diagnosis.ts";

const CHECK = "daemon";

/** Whether a daemon runs, how the last one ended, and whether it is the one that it is taken for. */
export async function checkDaemon(
  circumstances: Pick<Circumstances, "daemon" | "paths">,
): Promise<readonly Diagnosis[]> {
  const { status, record } = circumstances.daemon;
  if (status instanceof Failure) return [explainSilence(status, circumstances)];
  const { daemon } = status;
  const found: Diagnosis[] = [
    fine(CHECK, `version ${daemon.version} ${daemon.state} on ${daemon.address}, process ${daemon.pid}`),
  ];
  if (daemon.version !== VERSION) {
    found.push(
      warn(
        CHECK,
        `the daemon is of version ${daemon.version}, this program of ${VERSION}`,
        "let this one take over: wpdaemon restart",
      ),
    );
  }
  if (record instanceof Failure) found.push(blame(CHECK, record.message, "wpdaemon restart writes a new one"));
  else if (record?.instanceId !== daemon.instanceId) {
    found.push(
      blame(
        CHECK,
        "the daemon that answers is not the one that its state file speaks of",
        "start anew: wpdaemon stop, then wpdaemon start",
      ),
    );
  }
  return found;
}

function explainSilence(
  silence: Failure,
  { daemon: { record }, paths }: Pick<Circumstances, "daemon" | "paths">,
): Diagnosis {
  const { code, message, hint } = silence;
  if (code === "daemon-not-started") return fine(CHECK, `${message}; start one with: wpdaemon start`);
  const isKnown = record !== undefined && !(record instanceof Failure);
  if (code !== "daemon-not-running" || !isKnown) return blame(CHECK, message, hint ?? null);
  if (record.state === "stopped") return fine(CHECK, `${message}; start one with: wpdaemon start`);
  return blame(CHECK, message, `start one with: wpdaemon start; why it ended may stand in ${paths.log}`);
}
