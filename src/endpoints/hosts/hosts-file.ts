import { constants, copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { attemptOr, describeError } from "../../platform/failure.ts";
import { makePrivateFolder } from "../../platform/files/files.ts";
import { lockWhenFree } from "../../platform/files/lock.ts";
import { editFile, type FileChange } from "./edit-file.ts";
import { editSection, findConflicts, type HostsLine, isHostsName, type SectionOptions } from "./section.ts";

interface HostsFileOptions extends SectionOptions {
  /** `/etc/hosts`, or another file in its format, as dnsmasq reads it. */
  readonly path: string;
  /** Where the lock and a copy of the file before our first change are kept. */
  readonly folder: string;
}

/** What became of a hosts file. */
export interface HostsReport {
  readonly change: FileChange | "failed";
  /** Why it failed. */
  readonly error: string | undefined;
  /** Names that cannot stand in it. */
  readonly invalid: readonly string[];
  /** Lines of others that map our names elsewhere: most programs take the first line. */
  readonly conflicts: readonly { readonly hostname: string; readonly address: string; readonly line: number }[];
  readonly warnings: readonly string[];
}

/** Two processes that write to it wait for each other so long. */
const LOCK_MS = 5_000;

export type HostsFile = ReturnType<typeof openHostsFile>;

/** Names in the hosts file, in a section of ours, docs/endpoints.md#hosts-file. */
export function openHostsFile({ path, folder, ...options }: HostsFileOptions) {
  const backup = join(folder, `${basename(path)}.bak`);

  return {
    path,
    /** Has exactly these names there, each with its address; without any, the file is as it was before. It never rejects. */
    async publish(names: ReadonlyMap<string, string>): Promise<HostsReport> {
      const lines = [...names].map(([hostname, ip]) => ({ hostname, ip }));
      const valid = lines.filter(({ hostname }) => isHostsName(hostname));
      const invalid = lines.flatMap(({ hostname }) => (isHostsName(hostname) ? [] : [hostname]));
      try {
        return { ...(await write(valid)), error: undefined, invalid };
      } catch (error) {
        return { change: "failed", error: `${path}: ${describeError(error)}`, invalid, conflicts: [], warnings: [] };
      }
    },
  };

  async function write(lines: readonly HostsLine[]): Promise<Omit<HostsReport, "error" | "invalid">> {
    makePrivateFolder(folder);
    const lock = await lockWhenFree(join(folder, "hosts.lock"), { milliseconds: LOCK_MS });
    try {
      let warnings: readonly string[] = [];
      let conflicts: HostsReport["conflicts"] = [];
      const change = editFile(path, (text) => {
        const edited = editSection(text, lines, options);
        warnings = edited.warnings;
        conflicts = findConflicts(text, lines, options);
        if (edited.text !== text) attemptOr(undefined, () => copyFileSync(path, backup, constants.COPYFILE_EXCL));
        return edited.text;
      });
      return { change, warnings, conflicts };
    } finally {
      lock.release();
    }
  }
}
