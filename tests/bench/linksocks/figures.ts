import { type Figure, median, type Target } from "../figure.ts";
import type { Ledger } from "./ledger.ts";
import { ROWS, type Row, type RowName } from "./rows.ts";
import type { Subject } from "./subject.ts";
import { YARDSTICK } from "./subjects.ts";

const GROUP = "LinkSocks";

/** Of one subject. */
export interface Account {
  readonly subject: Subject;
  readonly ledger: Ledger;
}

/** The result: each row of ours with what it is to reach, and below it everybody else's. */
export function toFigures(accounts: readonly Account[], hasYardstick: boolean): readonly Figure[] {
  const yardstick = hasYardstick ? accounts.find(({ subject }) => subject.by === YARDSTICK) : undefined;
  return ROWS.flatMap((row) =>
    accounts.filter(({ subject }) => isShown(subject, row)).map((account) => toFigure(row, account, yardstick)),
  );
}

/** One that cannot be measured says so once, in the first row. */
function isShown({ start, isPair }: Subject, row: Row): boolean {
  return start === undefined ? row === ROWS[0] : isPair || row.ofPairs !== true;
}

function toFigure(
  row: Row & { readonly name: RowName },
  { subject: { by, note }, ledger }: Account,
  yardstick: Account | undefined,
): Figure {
  const target = by === undefined ? targetFor(row, yardstick) : undefined;
  const failures = ledger.failures(row.name);
  const notes = [
    ...(note !== undefined && row === ROWS[0] ? [note] : []),
    ...(failures === undefined ? [] : [`${by ?? "ours"}, ${row.name}: ${failures}.`]),
  ];
  return {
    ...{ group: GROUP, name: row.name, unit: row.unit, value: summarise(row, ledger) },
    ...(by === undefined ? {} : { by }),
    ...(target === undefined ? {} : { target }),
    ...(notes.length === 0 ? {} : { note: notes.join("\n") }),
  };
}

function targetFor(row: Row & { readonly name: RowName }, yardstick: Account | undefined): Target | undefined {
  if (typeof row.target !== "function") return row.target;
  const theirs = yardstick === undefined ? undefined : summarise(row, yardstick.ledger);
  return theirs === undefined ? undefined : row.target(theirs);
}

/** The median; of what was lost, the worst: once is too often. */
function summarise({ name }: { readonly name: RowName }, ledger: Ledger): number | undefined {
  const values = ledger.values(name);
  if (name === "a reader stops and goes on, never got") return values.length === 0 ? undefined : Math.max(...values);
  return median(values);
}
