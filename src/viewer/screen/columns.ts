import { type Line, type Span, textOf, toPlainText } from "./line.ts";

const GAP = 2;

/** Cells below their heads, each column as wide as its widest cell. */
export function layOut(head: readonly string[], rows: readonly Line[]): readonly Line[] {
  const lines: readonly Line[] = [head.map((text): Span => ({ text, tone: "faint" })), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column]))));
  return lines.map((line) =>
    line.flatMap((cell, column) => {
      const isLast = column === line.length - 1;
      return isLast ? [cell] : [cell, " ".repeat((widths[column] ?? 0) - widthOf(cell) + GAP)];
    }),
  );
}

/** Names before what they name, one on each line. */
export function listEntries(entries: readonly (readonly [name: string, ...value: Span[]])[]): readonly Line[] {
  const width = Math.max(...entries.map(([name]) => name.length)) + GAP;
  return entries.map(([name, ...value]) => [{ text: name.padEnd(width), tone: "faint" }, ...value]);
}

function widthOf(cell: Span | undefined): number {
  return cell === undefined ? 0 : Bun.stringWidth(toPlainText(textOf(cell)));
}
