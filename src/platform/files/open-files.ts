import { realpathSync } from "node:fs";
import { attemptOr } from "../failure.ts";
import { openFilesOf } from "../process/proc.ts";
import { findProcessHolding } from "../process/process-identity.ts";
import { listFolder } from "./files.ts";
import type { Paths } from "./paths.ts";

/** By process number: the files of our own folder that it has open, also those that were removed since. */
export type OpenFiles = ReadonlyMap<number, readonly string[]>;

/**
 * Who has the lock and the death pipes of an installation open. Where the system cannot be asked for a process's files,
 * one holder of each file is found, and none of a removed one.
 */
export function findOpenFiles({ own, lock, pipes }: Paths, pids: readonly number[]): OpenFiles {
  return process.platform === "linux" ? readOnLinux(own, pids) : askForEach([lock, ...listFolder(pipes)]);
}

function readOnLinux(own: string, pids: readonly number[]): OpenFiles {
  // Without links, as the system lists it.
  const real = attemptOr(own, () => realpathSync(own));
  const found = pids.flatMap((pid) => {
    const files = openFilesOf(pid)
      ?.filter((path) => path.startsWith(`${real}/`))
      .map((path) => own + path.slice(real.length).replace(/ \(deleted\)$/, ""));
    return files === undefined || files.length === 0 ? [] : [[pid, files] as const];
  });
  return new Map(found);
}

function askForEach(files: readonly string[]): OpenFiles {
  const found = new Map<number, string[]>();
  for (const file of files) {
    const pid = findProcessHolding(file);
    if (pid !== undefined) found.getOrInsert(pid, []).push(file);
  }
  return found;
}
