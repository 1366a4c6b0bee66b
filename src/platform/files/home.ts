import { lstatSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Environment } from "../environment.ts";
import { Failure, systemCode } from "../failure.ts";

/**
 * The folder of this installation: the flag, else `ARGUS_HOME`, else `.argus` in the user's home folder.
 * @throws Failure `usage` where none of them is set, or it can be no folder; `permission-denied`; `file-unusable`.
 */
export function findHome(flag: string | undefined, environment: Environment): string {
  const home = nameHome(flag, environment);
  const fault = whyNoFolder(home);
  if (fault !== undefined) throw fault;
  return home;
}

function nameHome(flag: string | undefined, environment: Environment): string {
  const user = environment.HOME;
  const named = flag ?? environment.ARGUS_HOME;
  if (named !== undefined && named !== "") {
    // Where no shell has read it, as in a service's file.
    const isOfUser = named === "~" || named.startsWith("~/");
    return isOfUser && user !== undefined && isAbsolute(user) ? join(user, named.slice(1)) : resolve(named);
  }
  if (user !== undefined && isAbsolute(user)) return join(user, ".argus");
  throw new Failure("usage", "no home folder: neither HOME nor ARGUS_HOME is set", {
    hint: "set ARGUS_HOME, or pass --home FOLDER",
  });
}

/** Why a folder is none and cannot become one, on the way down to it; undefined where nothing is in the way. */
function whyNoFolder(path: string): Failure | undefined {
  if (path.includes("\0")) return unusable(path, "no path holds a zero byte");
  try {
    if (statSync(path).isDirectory()) return undefined;
    return unusable(path, `${path} is not a folder`);
  } catch (error) {
    const code = systemCode(error) ?? "failed";
    if (code === "EACCES" || code === "EPERM") {
      return new Failure("permission-denied", `${path} cannot be used as home: this user may not look into it`, {
        hint: OTHER_HOME,
      });
    }
    // What is missing is made at need, below what is there; a link that leads nowhere is neither.
    if (code === "ENOENT")
      return isLink(path) ? unusable(path, `${path} is a link that leads nowhere`) : whyNoFolder(dirname(path));
    if (code === "ENOTDIR") return whyNoFolder(dirname(path));
    const reason = REASONS.get(code);
    if (reason !== undefined) return unusable(path, reason);
    // A disk or a server that is not there yet: whoever starts us again may find it.
    return new Failure("file-unusable", `${path} cannot be used as home: ${code}`, { hint: OTHER_HOME, cause: error });
  }
}

const REASONS = new Map([
  ["ELOOP", "its links lead in a circle"],
  ["ENAMETOOLONG", "it is longer than the system allows"],
]);

const OTHER_HOME = "choose another folder with --home or ARGUS_HOME";

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function unusable(path: string, reason: string): Failure {
  return new Failure("usage", `${JSON.stringify(path)} cannot be used as home: ${reason}`, { hint: OTHER_HOME });
}

/** The home folder of an account of this machine. @throws Failure `usage` for a name that is none. */
export function findAccountHome(name: string): string {
  // Only a shell asks every source of accounts (files, directory services) on Linux and macOS alike.
  const isName = /^[A-Za-z_][\w.-]*$/.test(name);
  const home = isName
    ? Bun.spawnSync(["/bin/sh", "-c", `echo ~${name}`])
        .stdout.toString()
        .trim()
    : "";
  if (isAbsolute(home)) return home;
  throw new Failure("usage", `this machine has no account ${JSON.stringify(name)}`, {
    hint: "--user takes the name of the account that the daemon is to run as",
  });
}
