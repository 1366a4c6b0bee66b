import { lstatSync } from "node:fs";

/** The nine bits of who may do what with a file; with a symbolic link itself, not with what it leads to. */
export function modeOf(path: string): number {
  return lstatSync(path).mode & 0o777;
}
