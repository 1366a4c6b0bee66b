import type { RowName } from "./rows.ts";

/** What was measured of one subject, round by round. */
export interface Ledger {
  add(row: RowName, value: number | undefined): void;
  /** One round went wrong. */
  fail(row: RowName, reason: string): void;
  values(row: RowName): readonly number[];
  /** How many rounds went wrong and why the last did; undefined where none has. */
  failures(row: RowName): string | undefined;
}

export function createLedger(): Ledger {
  const values = new Map<RowName, number[]>();
  const reasons = new Map<RowName, string[]>();
  return {
    add(row, value) {
      if (value !== undefined) values.set(row, [...(values.get(row) ?? []), value]);
    },
    fail: (row, reason) => void reasons.set(row, [...(reasons.get(row) ?? []), reason]),
    values: (row) => values.get(row) ?? [],
    failures(row) {
      const failed = reasons.get(row);
      if (failed === undefined) return undefined;
      return `in ${failed.length} ${failed.length === 1 ? "round" : "rounds"}, ${failed.at(-1)}`;
    },
  };
}
