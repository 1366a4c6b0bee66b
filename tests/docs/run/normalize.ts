/**
 * What differs from one run to the next, and stands for itself on both sides of a comparison. Columns may have other
 * widths for it, so several blanks count as one.
 */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<time>"],
  [/\b\d\d:\d\d:\d\d\b/g, "<time>"],
  // The Unix second in the name of a session log.
  [/\b\d{10}_/g, "<second>_"],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uuid>"],
  [/\b[0-9a-f]{16}\b/g, "<token>"],
  [/\b\d+(\.\d+)?(ms|s|m|h|d)\b( \d+(ms|s|m|h)\b)*/g, "<duration>"],
  [/\b\d+(\.\d+)? (ms|B|kB|MB|GB|s|min)\b/g, "<amount>"],
  [/(?<![\d.])\d+\.\d+\.\d+\b(?!\.\d)/g, "<version>"],
  [/(?<=from 127\.0\.0\.1:)\d+/g, "<port>"],
  // Numbers of processes, and of events.
  [/(?<![\w.:/<-])\d{2,10}(?![\w.>])/g, "<number>"],
  [/"(pid|seq|residentBytes|anonymousBytes)":\d+/g, '"$1":<number>'],
  [/[ \t]+/g, " "],
];

/** A text in which nothing varies any more. */
function normalize(text: string): string {
  return VARYING.reduce((sofar, [pattern, word]) => sofar.replace(pattern, word), Bun.stripANSI(text))
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}

/**
 * Whether an output is what a page shows. In the page, `…` at a line's end stands for the rest of the line, and a line
 * that is nothing else for any number of lines.
 */
export function matches(shown: string, output: string): boolean {
  const pattern = normalize(shown)
    .split("\n")
    .map((line) => (line === "…" ? "(?:.*\\n)*?" : `${line.split("…").map(RegExp.escape).join(".*")}\\n`))
    .join("");
  return new RegExp(`^${pattern}$`).test(`${normalize(output)}\n`);
}
