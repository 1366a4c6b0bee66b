import { Failure } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Diagnosis, fine, warn } from "../diagnosis.ts";
import type { FoundProcess } from "../processes/classify-processes.ts";

const CHECK = "processes";
const CLEAN = "wpdaemon doctor clean ends it";

/** Processes that nobody looks after any more. */
export async function checkProcesses({
  processes,
  daemon: { children },
}: Pick<Circumstances, "processes" | "daemon">): Promise<readonly Diagnosis[]> {
  if (processes instanceof Failure) return [blame(CHECK, processes.message, processes.hint ?? null)];
  const found = processes.flatMap((process) => {
    const isOnRecord = children?.some((child) => child.process?.pid === process.pid) === true;
    return describe(process, isOnRecord) ?? [];
  });
  return found.length === 0 ? [fine(CHECK, "none is left over")] : found;
}

function describe({ category, pid, name, evidence, parent }: FoundProcess, isOnRecord: boolean): Diagnosis | undefined {
  const who = `process ${pid} (${name})`;
  switch (category) {
    case "self":
    case "daemon-current":
    case "tunnel-tracked":
      return undefined;
    case "daemon-changing":
      return fine(CHECK, `${who}: ${evidence}`);
    case "tunnel-foreign":
      return warn(
        CHECK,
        `${who} is a wireproxy that this daemon did not start: ${evidence}`,
        `if nobody needs it: kill ${pid}`,
      );
    case "tunnel-orphan":
      return isOnRecord
        ? warn(CHECK, `${who} goes on without a daemon: ${evidence}`, `wpdaemon start takes it over; ${CLEAN}`)
        : blame(CHECK, `${who} is an orphaned wireproxy: ${evidence}`, CLEAN);
    case "daemon-stale":
      return blame(CHECK, `${who} is left over: ${evidence}`, CLEAN);
    case "version-check-stuck":
      return warn(CHECK, `${who} hangs: ${evidence}`, CLEAN);
    case "zombie":
      return warn(CHECK, `${who} is a zombie: ${evidence}`, `it goes when process ${parent} ends`);
  }
}
