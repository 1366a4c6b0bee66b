import type { Circumstances } from "../circumstances.ts";
import { type Diagnosis, fine, warn } from "../diagnosis.ts";
import { findSetAside } from "../processes/leftovers.ts";

const CHECK = "state";

/** State files that were corrupt and set aside. */
export async function checkStateFiles({ paths }: Pick<Circumstances, "paths">): Promise<readonly Diagnosis[]> {
  const aside = findSetAside(paths.state);
  if (aside.length === 0) return [fine(CHECK, "no corrupt state file was set aside")];
  return aside.map((path) =>
    warn(
      CHECK,
      `a state file was corrupt and set aside as ${path}`,
      "look at the disk; wpdaemon doctor clean removes the file",
    ),
  );
}
