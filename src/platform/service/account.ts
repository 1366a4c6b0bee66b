import { isAbsolute } from "node:path";
import { Failure } from "../failure.ts";

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
