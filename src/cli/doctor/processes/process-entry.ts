import { Failure } from "../../../platform/failure.ts";
import { escapeControls } from "../../../platform/files/line-log.ts";
import type { Category, FoundProcess } from "./classify-processes.ts";

/** A process as the report shows it. Nothing of its environment is ever read. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly category: Category;
  readonly evidence: string;
  readonly ageSeconds: number;
  readonly command: readonly string[];
}

/** @returns none where they could not be listed, which is a diagnosis. */
export function listEntries(processes: readonly FoundProcess[] | Failure): readonly ProcessEntry[] {
  if (processes instanceof Failure) return [];
  return processes.map(({ pid, parent, category, evidence, ageMilliseconds, words, name }) => ({
    pid,
    parent,
    category,
    evidence,
    ageSeconds: Math.floor(ageMilliseconds / 1_000),
    command: words.length === 0 ? [name] : words.map(escapeControls),
  }));
}
