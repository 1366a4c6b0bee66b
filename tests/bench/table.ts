import type { Figure, Target } from "./figure.ts";
import { machineLine } from "./machine.ts";
import type { Result, Row } from "./result.ts";

const UNKNOWN = "–";

/** The result for people: a head line, a block for each group of rows, the notes, and whether the targets are met. */
export function formatTable({ machine, rows, peer }: Result): string {
  const withOther = peer !== undefined || rows.some(({ figure }) => figure.by !== undefined);
  const heads = ["", "ours", "target", ...(withOther ? ["other", "other/ours"] : [])];
  const body = rows.map((row) => cells(row, withOther));
  const widths = heads.map((head, column) => Math.max(head.length, ...body.map((line) => (line[column] ?? "").length)));
  const lines = [machineLine(machine), ...(peer === undefined ? [] : [`other: ${peer}`]), "", align(heads, widths)];
  let group = "";
  for (const [index, row] of rows.entries()) {
    if (row.figure.group !== group) {
      group = row.figure.group;
      lines.push("", group);
    }
    lines.push(align(body[index] ?? [], widths));
  }
  return [...lines, "", ...notes(rows), verdict(rows), ""].join("\n");
}

function cells({ figure, met, other, ratio }: Row, withOther: boolean): readonly string[] {
  const mark = met === undefined ? "" : met ? " ✓" : " ✗";
  const target = figure.target;
  const wanted = target === undefined ? "" : `${describe(target, figure.unit)}${mark}`;
  const own =
    figure.by === undefined
      ? [`  ${figure.name}`, show(figure.value, figure.unit), wanted]
      : [`    by ${figure.by}`, "", ""];
  if (!withOther) return own;
  // A block without anything beside ours needs no dashes.
  const isBare = other === undefined && figure.by === undefined;
  return isBare ? own : [...own, show(other, figure.unit), ratio === undefined ? UNKNOWN : `${ratio.toFixed(2)} ×`];
}

/** A limit that was itself measured has more digits than it means. */
function describe({ limit, inclusive, isFloor }: Target, unit: Figure["unit"]): string {
  const sign = isFloor === true ? "≥" : inclusive ? "≤" : "<";
  return `${sign} ${limit.toLocaleString("en", { maximumSignificantDigits: 4 })} ${unit}`.trimEnd();
}

function notes(rows: readonly Row[]): readonly string[] {
  const found = new Set(rows.flatMap(({ figure }) => figure.note ?? []));
  return found.size === 0 ? [] : [...found, ""];
}

function show(value: number | undefined, unit: Figure["unit"]): string {
  if (value === undefined) return UNKNOWN;
  if (unit === "MB") return `${value.toFixed(value < 10 ? 2 : 1)} MB`;
  if (unit === "s/GB") return `${value.toFixed(2)} s/GB`;
  if (unit === "s") return `${value.toFixed(2)} s`;
  if (unit === "ms") return `${value === 0 ? "0" : value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1)} ms`;
  return `${Math.round(value).toLocaleString("en")}${unit === "" ? "" : ` ${unit}`}`;
}

/** Names to the left, figures to the right. */
function align(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
    .join("   ")
    .trimEnd();
}

function verdict(rows: readonly Row[]): string {
  const missed = rows.filter((row) => row.met === false);
  const judged = rows.filter((row) => row.met !== undefined);
  if (missed.length === 0) return `All ${judged.length} targets are met.`;
  return `${missed.length} of ${judged.length} targets are missed: ${missed.map((row) => row.figure.name).join("; ")}.`;
}
