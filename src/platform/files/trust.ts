import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { attemptOr, Failure } from "../failure.ts";
import { quoteForShell } from "../shell-word.ts";
import type { Paths } from "./paths.ts";

/**
 * What whoever may write to could use to have a program of his run in our name: our folders, and the files that name
 * programs or are one. Writing to the folder of a file is enough to exchange it.
 */
function listTrusted({ home, own, logs, configs, derived, pipes, program, settings, state }: Paths): readonly string[] {
  return [home, own, logs, configs, derived, pipes, dirname(program), program, settings, state];
}

/**
 * Refuses a home in which others may write.
 * @throws Failure `permission-denied`, with the command that mends it.
 */
export function refuseSharedHome(paths: Paths, user = process.getuid?.() ?? 0): void {
  const shared = listTrusted(paths).filter((path) => isShared(path, user));
  const [first] = shared;
  if (first !== undefined) {
    throw new Failure("permission-denied", `others may write to ${first}, and so run programs in your name`, {
      hint: `look at what is in there, then: chmod go-w ${shared.map(quoteForShell).join(" ")}`,
    });
  }
  const foreign = listTrusted(paths).find((path) => isForeign(path, user));
  if (foreign === undefined) return;
  throw new Failure("permission-denied", `${foreign} belongs to another user`, {
    hint: `sudo chown -R ${user} ${quoteForShell(paths.home)}, or choose another folder with --home`,
  });
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

function isShared(path: string, user: number): boolean {
  const found = look(path);
  if (found === undefined) return false;
  return (found.mode & OTHERS_WRITE) !== 0 || ((found.mode & GROUP_WRITES) !== 0 && !isPrivateGroup(found.gid, user));
}

/** Root may use what is another's, as in a container; what belongs to root is safe from all others. */
function isForeign(path: string, user: number): boolean {
  const owner = look(path)?.uid;
  return user !== 0 && owner !== undefined && owner !== user && owner !== 0;
}

/** Many systems give each user a group of his own, of the same number, and let it write: nobody else is in it. */
function isPrivateGroup(group: number, user: number): boolean {
  if (user === 0 || group !== user) return false;
  const entries = attemptOr("", () => readFileSync("/etc/group", "utf8")).split("\n");
  const members = entries.map((line) => line.split(":")).find((fields) => fields[2] === String(group))?.[3];
  return members === undefined || members === "";
}

function look(path: string): Stats | undefined {
  return attemptOr(undefined, () => statSync(path));
}
