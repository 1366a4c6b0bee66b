import { join } from "node:path";
import * as v from "valibot";
import { attemptOr } from "../../platform/failure.ts";
import { readTextIfThere, removeIfPossible, replaceFile } from "../../platform/files/files.ts";
import { openHostsFile } from "../hosts/hosts-file.ts";

const documentSchema = v.pipe(v.string(), v.parseJson(), v.object({ schema: v.literal(1), hosts: v.string() }));

/** What a process of ours has changed on this machine, on disk before it does so: whoever comes after a kill undoes it. */
export function createJournal(folder: string) {
  const path = join(folder, "runtime.json");
  return {
    /** Names are about to be written to this hosts file. @throws the system's error. */
    note(hosts: string): void {
      const content = `${JSON.stringify({ schema: 1, hosts })}\n`;
      if (attemptOr(undefined, () => readTextIfThere(path)) !== content) replaceFile(path, content);
    },
    /**
     * Undoes what is on record, but for the names in the hosts file that are to be written anew anyway.
     * @returns the hosts file that was looked at; undefined where nothing is on record. @throws Failure.
     */
    async cleanUp(kept?: string): Promise<string | undefined> {
      const parsed = v.safeParse(
        documentSchema,
        attemptOr(undefined, () => readTextIfThere(path)),
      );
      if (!parsed.success || parsed.output.hosts === kept) return undefined;
      const { hosts } = parsed.output;
      const file = openHostsFile({ path: hosts, folder, isOurs: () => false, takesOver: false });
      const { error } = await file.publish(new Map());
      if (error === undefined) removeIfPossible(path);
      return hosts;
    },
    /** All is undone. */
    close: (): void => removeIfPossible(path),
  };
}
