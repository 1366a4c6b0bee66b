import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { attemptOr, Failure, systemCode } from "../../../platform/failure.ts";
import { refuseSharedHome } from "../../../platform/files/trust.ts";
import { quoteForShell } from "../../../platform/shell-word.ts";
import { attempt } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";

/** Whether the folders can be used, and whether others can read private files. The check of the configs looks at theirs. */
export function checkModes({ paths, user }: Circumstances): Findings {
  const { home, own, configs, logs, derived, pipes, state, settings, control, log, auditLog } = paths;
  const secret = join(own, "secret");
  const isPrivate = [own, configs, logs, derived, pipes, secret, state, settings, control, log, auditLog];
  const refusal = attempt(() => refuseSharedHome(paths, user));
  const unusable = [home, own, configs, logs].flatMap((path) => checkUse(path, user));
  const found = [
    ...new Map(unusable.map((finding) => [finding.message, finding])).values(),
    ...(refusal instanceof Failure ? blameFailure(refusal) : []),
    ...checkOwner(home, user),
    ...isPrivate.flatMap((path) => [...checkOwner(path, user), ...checkMode(path, path === secret)]),
  ];
  return found.length === 0 ? fine("what is private is yours alone") : found;
}

/** The daemon cannot write to what a command with sudo has made. */
function checkOwner(path: string, user: number): Findings {
  const owner = attemptOr(undefined, () => lstatSync(path).uid);
  if (owner === undefined || owner === user || user === 0) return [];
  return blame(`${path} belongs to another user (${owner})`, `sudo chown -R ${user} ${quoteForShell(path)}`);
}

/** A folder that is not there is made in the next one above it. */
function checkUse(path: string, user: number): Findings {
  const found = attemptOr(undefined, () => statSync(path));
  if (found === undefined) return dirname(path) === path ? [] : checkUse(dirname(path), user);
  if (!found.isDirectory()) return blame(`${path} is no folder`, `move it away: mv ${quoteForShell(path)} ELSEWHERE`);
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    if (systemCode(error) === "EROFS") {
      return blame(`nothing can be written to ${path}: its file system is read-only`, CHOOSE_ANOTHER);
    }
    const remedy = found.uid === user ? `chmod u+rwx ${quoteForShell(path)}` : CHOOSE_ANOTHER;
    return blame(`nothing can be written to ${path}: ${systemCode(error) ?? "failed"}`, remedy);
  }
}

const CHOOSE_ANOTHER = "choose another folder with --home or ARGUS_HOME";

function checkMode(path: string, isSecret: boolean): Findings {
  const found = attemptOr(undefined, () => lstatSync(path));
  if (found === undefined || found.isSymbolicLink() || (found.mode & 0o077) === 0) return [];
  const message = `others may have access to ${path}: mode ${(found.mode & 0o777).toString(8)}`;
  const remedy = `chmod ${found.isDirectory() ? 700 : 600} ${quoteForShell(path)}`;
  return isSecret ? blame(message, `${remedy}, and remove the file to have a new secret made`) : warn(message, remedy);
}
