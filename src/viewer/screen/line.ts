/** Text, be it in a colour; a line is made of such. Nothing in it is trusted: it may come from the stream. */
export type Span = string | { readonly text: string; readonly tone?: Tone | undefined };

export type Line = readonly Span[];

const TONES = {
  good: "32",
  bad: "31",
  warning: "33",
  faint: "2",
  strong: "1",
  chosen: "7",
  alarm: "1;97;41",
} as const;

export type Tone = keyof typeof TONES;

/**
 * A line as bytes for a terminal, no wider than it is. This is the one way to the screen: no control character of
 * somebody else's text comes through.
 */
export function paintLine(line: Line, columns: number, isColoured: boolean): string {
  let left = columns;
  let painted = "";
  for (const span of line) {
    const { text, tone } = typeof span === "string" ? { text: span } : span;
    const shown = clip(toPlainText(text), left);
    left -= Bun.stringWidth(shown);
    painted += isColoured && tone !== undefined && shown !== "" ? `\u001b[${TONES[tone]}m${shown}\u001b[0m` : shown;
  }
  return painted;
}

export function textOf(span: Span): string {
  return typeof span === "string" ? span : span.text;
}

/** Text without escape sequences, control characters, and marks that turn the direction of writing. */
export function toPlainText(text: string): string {
  return Bun.stripANSI(text)
    .replace(/[\t\r\n]+/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "");
}

/** As much of a text as fits, with a mark where something is missing. Bun.sliceAnsi lets a wide character stand out. */
function clip(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  let shown = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += Bun.stringWidth(segment);
    if (width >= columns) break;
    shown += segment;
  }
  return columns > 0 ? `${shown}…` : "";
}
