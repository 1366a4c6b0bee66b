import { type Figure, isMet } from "./figure.ts";
import type { Machine } from "./machine.ts";

/** A row of the whole: ours, its target, and the other daemon's where there is one. */
export interface Row {
  readonly figure: Figure;
  readonly met: boolean | undefined;
  readonly peer: number | undefined;
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
      const peer = peers.find((other) => other.group === figure.group && other.name === figure.name)?.value;
      return { figure, met: isMet(figure), peer, ratio: divide(peer, figure.value) };
    });
}

export function toJson({ machine, rows, peer }: Result): string {
  const document = {
    machine,
    peer: peer ?? null,
    rows: rows.map(({ figure: { group, name, unit, value, target }, met, peer: other, ratio }) => ({
      ...{ group, name, unit, value: value ?? null, target: target ?? null, met: met ?? null },
      ...(peer === undefined ? {} : { peer: other ?? null, ratio: ratio ?? null }),
    })),
  };
  return JSON.stringify(document, null, 2);
}

function divide(dividend: number | undefined, divisor: number | undefined): number | undefined {
  return dividend === undefined || divisor === undefined || divisor <= 0 ? undefined : dividend / divisor;
}
