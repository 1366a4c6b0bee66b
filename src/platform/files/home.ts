import { isAbsolute, join, resolve } from "node:path";
import { Failure } from "../failure.ts";

/**
 * The folder of this installation: the flag, else `ARGUS_HOME`, else `.argus` in the user's home folder.
 * @throws Failure `usage` where none of them is set.
 */
export function findHome(flag: string | undefined, environment: Readonly<Record<string, string | undefined>>): string {
  const named = flag ?? environment["ARGUS_HOME"];
  if (named !== undefined && named !== "") return resolve(named);
  const user = environment["HOME"];
  if (user !== undefined && isAbsolute(user)) return join(user, ".argus");
  throw new Failure("usage", "no home folder: neither HOME nor ARGUS_HOME is set", {
    hint: "set ARGUS_HOME, or pass --home FOLDER",
  });
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
