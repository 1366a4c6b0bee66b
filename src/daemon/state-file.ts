import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import type { Audit } from "../platform/audit.ts";
import { describeError } from "../platform/failure.ts";
import { readTextIfThere, replaceFile } from "../platform/files.ts";
import { type ChildRecord, type ChildRegister, childRecordSchema } from "../tunnels/child-record.ts";

const stateSchema = v.object({ version: v.literal(1), children: v.array(childRecordSchema) });

export interface StateFile extends ChildRegister {
  /** Removes the file after an orderly end; one that still names children stays for the next daemon. */
  removeIfEmpty(): void;
}

/** Opens the state file at `path`; a corrupt one is set aside, never overwritten, and told in the audit log. */
export function openStateFile(path: string, audit: Audit): StateFile {
  sweepDrafts(path);
  let children: readonly ChildRecord[] = load(path, audit);

  return {
    list: () => children,
    put(record) {
      const next = [...children.filter((child) => child.logFile !== record.logFile), record];
      save(next);
      children = next;
    },
    remove(logFile) {
      children = children.filter((child) => child.logFile !== logFile);
      try {
        save(children);
      } catch (error) {
        // A record too many does no harm: the next daemon finds that its process is gone.
        audit("ERROR", `cannot write ${path}: ${describeError(error)}`);
      }
    },
    removeIfEmpty() {
      if (children.length === 0) rmSync(path, { force: true });
    },
  };

  function save(records: readonly ChildRecord[]): void {
    // No child survives a power cut, so neither need its record; and on a busy disk a sync can take longer than any
    // client waits for its answer.
    replaceFile(path, `${JSON.stringify({ version: 1, children: records }, null, 2)}\n`, "kill");
  }
}

/** A daemon that was killed while it wrote leaves its draft. The lock is ours, so nobody writes now. */
function sweepDrafts(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith(".tmp")) rmSync(join(folder, name), { force: true });
  }
}

function load(path: string, audit: Audit): readonly ChildRecord[] {
  const text = readTextIfThere(path);
  if (text === undefined) return [];
  try {
    return v.parse(stateSchema, JSON.parse(text)).children;
  } catch (error) {
    const aside = `${path}.corrupt-${Date.now()}`;
    renameSync(path, aside);
    audit("ERROR", `${path} is corrupt and was set aside as ${aside}: ${describeError(error)}`);
    return [];
  }
}
