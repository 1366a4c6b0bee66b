import { statSync } from "node:fs";
import { whereToLook } from "../../../daemon/parts/program.ts";
import { Failure } from "../../../platform/failure.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { explainUnexecutable, findProgram, isProgram } from "../../../tunnels/wireproxy/program/find.ts";
import { findMisfit } from "../../../tunnels/wireproxy/program/fitness.ts";
import type { Machine } from "../../../tunnels/wireproxy/program/release.ts";
import { opensUdpToAll, UDP_EXPOSURE } from "../../../tunnels/wireproxy/program/udp-exposure.ts";
import { attempt } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";
import type { KnownDaemon } from "../known-daemon.ts";

const REPLACE = "remove it, and the daemon downloads the right one; or name another with wireproxy.path in config.yaml";

/** Whether there is a wireproxy, and whether this machine can run it. */
export function checkProgram(circumstances: Circumstances): Findings {
  const { paths, settings, environment } = circumstances;
  const found = attempt(() =>
    findProgram({
      ...whereToLook(paths, settings instanceof Failure ? undefined : settings.wireproxy, environment),
      machine: circumstances,
    }),
  );
  if (found instanceof Failure) return blameFailure(found);
  const unusable = explainInstalled(paths.program, found, circumstances);
  if (found !== undefined) return [...unusable, ...judge(found, circumstances), ...tellOfInfoPort(settings)];
  return unusable.length > 0 ? unusable : explainAbsence(circumstances.daemon.status);
}

/** Known and meant, but not by everybody. */
function tellOfInfoPort(settings: Circumstances["settings"]): Findings {
  if (settings instanceof Failure || !settings.wireproxy.info_port) return [];
  return fine("every program of this machine can read a tunnel's info port; wireproxy.info_port: false closes it");
}

const NAME_ONE = "name one with wireproxy.path in config.yaml";

/** What becomes of a program that is not there: a daemon downloads it, or has tried. */
function explainAbsence(status: KnownDaemon["status"]): Findings {
  if (status instanceof Failure)
    return warn("none is found", `the daemon downloads one when it starts; or ${NAME_ONE}`);
  const { stateReason, stateDetail } = status.daemon;
  if (stateReason !== "degraded-no-program")
    return warn("none is found", `the daemon is downloading one; or ${NAME_ONE}`);
  return blame(`none is found, and ${stateDetail}`, `the next wpdaemon up tries again; or ${NAME_ONE}`);
}

/** Explains why an installed wireproxy is not used. */
function explainInstalled(path: string, found: string | undefined, machine: Machine): Findings {
  if (path === found || attempt(() => statSync(path, { throwIfNoEntry: false })) === undefined) return [];
  if (!isProgram(path)) {
    const why = explainUnexecutable(path);
    return blame(`${path} ${why}`, why.endsWith("noexec") ? NAME_ONE : `chmod 755 ${quoteForShell(path)}`);
  }
  const misfit = findMisfit(path, machine);
  return misfit === undefined || misfit.mayRun ? [] : blame(`${path} ${misfit.text}`, REPLACE);
}

function judge(path: string, machine: Machine): Findings {
  const misfit = findMisfit(path, machine);
  if (misfit === undefined) {
    return [...fine(path), ...(opensUdpToAll(path) ? warn(UDP_EXPOSURE.message, UDP_EXPOSURE.hint) : [])];
  }
  return (misfit.mayRun ? warn : blame)(`${path} ${misfit.text}`, REPLACE);
}
