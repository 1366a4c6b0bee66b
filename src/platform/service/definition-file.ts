import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { Failure, orFileUnusable } from "../failure.ts";
import { makePrivateFolder, readTextIfThere, replaceFile, syncFolder } from "../files/files.ts";
import type { Change } from "./service.ts";

/** Stands in the first lines of every file that we wrote, and so says which are ours. */
export const MARK = "Written by wpdaemon install";

/** It holds no secret, and managers complain of what others cannot read. */
const PUBLIC_FILE = 0o644;

/**
 * Makes `text` the content of the service's file, and its folder where it is missing.
 * @throws Failure `file-unusable`: also for a file that is not ours, unless `force`.
 */
export function writeDefinition(path: string, text: string, force: boolean): Change {
  const old = use(path, () => readTextIfThere(path));
  if (old === text) return "unchanged";
  if (old !== undefined && !force && !isOurs(old)) {
    throw new Failure("file-unusable", `${path} is there already, and not written by wpdaemon`, {
      hint: "look at it, then replace it with --force",
    });
  }
  use(path, () => {
    makePrivateFolder(dirname(path));
    replaceFile(path, text, "power-cut", PUBLIC_FILE);
  });
  return old === undefined ? "created" : "replaced";
}

/** Whether the service's file is there. @throws Failure `file-unusable`, also for a file that is not ours. */
export function hasDefinition(path: string): boolean {
  const text = use(path, () => readTextIfThere(path));
  if (text === undefined || isOurs(text)) return text !== undefined;
  throw new Failure("file-unusable", `${path} is not written by wpdaemon`, { hint: "remove it by hand" });
}

/** @throws Failure `file-unusable`. */
export function removeDefinition(path: string): void {
  use(path, () => {
    rmSync(path);
    syncFolder(dirname(path));
  });
}

function isOurs(text: string): boolean {
  return text.split("\n", 2).some((line) => line.includes(MARK));
}

function use<Result>(path: string, act: () => Result): Result {
  return orFileUnusable(`cannot use ${path}`, "its folder must be writable for you", act);
}
