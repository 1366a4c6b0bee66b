import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
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
 * Why a program that somebody chose by its path must not be run: others may write to it, or to its folder, and so exchange
 * it. Links are followed.
 * @returns undefined for one that may be run, and for one that is not there.
 */
export function whyNotTrusted(program: string, user = process.getuid?.() ?? 0): string | undefined {
  const real = attemptOr(undefined, () => realpathSync(program));
  if (real === undefined) return undefined;
  const places = [real, dirname(real)];
  const shared = places.find((path) => isShared(path, user) && !isSticky(path) && !isAdministrators(path));
  if (shared !== undefined) return `others may write to ${shared}, and so run programs in your name`;
  const foreign = places.find((path) => isForeign(path, user));
  return foreign === undefined ? undefined : `${foreign} belongs to another user`;
}

/** As /tmp: whoever may write there can exchange no file but his own. */
function isSticky(path: string): boolean {
  return ((look(path)?.mode ?? 0) & STICKY) !== 0;
}

/**
 * Whether only those may write whom root chose: a group of what is root's, such as Debian's staff in /usr/local/bin, or the
 * administrators of a Mac, whose Homebrew is theirs.
 */
function isAdministrators(path: string): boolean {
  const found = look(path);
  if (found === undefined || (found.mode & OTHERS_WRITE) !== 0) return false;
  return found.uid === 0 || found.uid === hiddenRoot() || (process.platform === "darwin" && found.gid === MAC_ADMIN);
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
const STICKY = 0o1000;
const MAC_ADMIN = 80;

function isShared(path: string, user: number): boolean {
  const found = look(path);
  if (found === undefined) return false;
  return (found.mode & OTHERS_WRITE) !== 0 || ((found.mode & GROUP_WRITES) !== 0 && !isPrivateGroup(found.gid, user));
}

/** Root may use what is another's, as in a container; what belongs to root is safe from all others. */
function isForeign(path: string, user: number): boolean {
  const owner = look(path)?.uid;
  return user !== 0 && owner !== undefined && owner !== user && owner !== 0 && owner !== hiddenRoot();
}

/**
 * Within a user namespace that does not know root, what is root's seems to be of this number. It stands for other users
 * too, whose files cannot be told from root's there.
 */
function hiddenRoot(): number | undefined {
  const map = attemptOr("", () => readFileSync("/proc/self/uid_map", "utf8"));
  if (map === "" || /^ *0 /m.test(map)) return undefined;
  return Number(attemptOr("", () => readFileSync("/proc/sys/kernel/overflowuid", "utf8"))) || undefined;
}

/**
 * Many systems give each user a group of his own, of the same number, and let it write: nobody else is in it. A group that
 * the files do not list may be a directory service's, which is asked as well.
 */
function isPrivateGroup(group: number, user: number): boolean {
  if (user === 0 || group !== user) return false;
  const accounts = readTable("/etc/passwd");
  const name = accounts.find(([, , number]) => number === String(user))?.[0];
  if (accounts.some(([, , number, primary]) => primary === String(group) && number !== String(user))) return false;
  const entry = findEntry(readTable("/etc/group"), group) ?? findEntry(askForGroup(group), group);
  if (entry === undefined) return false;
  const [, , , members = ""] = entry;
  return members === "" || members === name;
}

/** The fields of passwd(5) and group(5). */
type Table = readonly (readonly string[])[];

function readTable(path: string): Table {
  return toTable(attemptOr("", () => readFileSync(path, "utf8")));
}

function askForGroup(group: number): Table {
  asked ??= toTable(attemptOr("", () => Bun.spawnSync(["getent", "group", String(group)]).stdout.toString()));
  return asked;
}

/** There is one group to ask for, the user's own. */
let asked: Table | undefined;

function toTable(text: string): Table {
  return text.split("\n").map((line) => line.split(":"));
}

function findEntry(table: Table, group: number) {
  return table.find((fields) => fields[2] === String(group));
}

function look(path: string): Stats | undefined {
  return attemptOr(undefined, () => statSync(path));
}
