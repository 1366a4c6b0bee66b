import { type Figure, isMet } from "./figure.ts";
import type { Machine } from "./machine.ts";

/** A row of the whole: ours with its target, or another program's beside ours. */
export interface Row {
  readonly figure: Figure;
  readonly met: boolean | undefined;
  /** The other daemon's, or that of the program that `figure.by` names. */
  readonly other: number | undefined;
  /** The other's by ours. */
  readonly ratio: number | undefined;
}

export interface Result {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** Path of the other daemon, where there is one. */
  readonly peer: string | undefined;
}

/** Puts the two daemons' figures side by side: both were measured by the same code, so the names agree. */
export function pairFigures(ours: readonly Figure[], peers: readonly Figure[]): readonly Row[] {
  const groups = [...new Set(ours.map((figure) => figure.group))];
  return groups
    .flatMap((group) => ours.filter((figure) => figure.group === group))
    .map((figure) => {
      const own = figure.by === undefined ? figure.value : valueBeside(figure, ours);
      const other = figure.by === undefined ? valueBeside(figure, peers) : figure.value;
      return { figure, met: isMet(figure), other, ratio: divide(other, own) };
    });
}

export function toJson({ machine, rows, peer }: Result): string {
  const document = {
    machine,
    peer: peer ?? null,
    rows: rows.map(({ figure: { group, name, by, unit, value, target, note }, met, other, ratio }) => ({
      ...{ group, name, by, unit, value: value ?? null, target: target ?? null, met: met ?? null, note },
      ...(by === undefined ? {} : { ratio: ratio ?? null }),
      ...(by === undefined && peer !== undefined ? { peer: other ?? null, ratio: ratio ?? null } : {}),
    })),
  };
  return JSON.stringify(document, null, 2);
}

/** What a daemon's row of the same name says. */
function valueBeside({ group, name }: Figure, figures: readonly Figure[]): number | undefined {
  return figures.find((figure) => figure.by === undefined && figure.group === group && figure.name === name)?.value;
}

function divide(dividend: number | undefined, divisor: number | undefined): number | undefined {
  return dividend === undefined || divisor === undefined || divisor <= 0 ? undefined : dividend / divisor;
}
