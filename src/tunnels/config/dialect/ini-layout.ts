import { foldCase, type IniKey, parseIni } from "./ini.ts";
import { readValue, trimSpace, trimSpaceStart } from "./ini-value.ts";

/** A section with all of its text: its heading, comments and blank lines as they stand, and its keys taken apart. */
export interface LaidSection {
  readonly name: string;
  readonly line: number;
  readonly parts: readonly (string | LaidKey)[];
}

/** A key's lines are `before`, `written` and `after`. */
export interface LaidKey extends IniKey {
  /** Up to where the value begins. */
  readonly before: string;
  /** The value with its quotes, perhaps over several lines. */
  readonly written: string;
  /** A comment, what the dialect drops, and the end of the line. */
  readonly after: string;
}

/**
 * Takes a config apart without losing a character, but for a byte order mark; `writeOut` joins it again.
 * @param file its name for messages.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function layOut(text: string, file: string): readonly LaidSection[] {
  const sections = parseIni(text, file);
  const lines = text.replace(/^\uFEFF/, "").split(/(?<=\n)/);
  return sections.map(({ name, line, keys }, index) => {
    const parts: (string | LaidKey)[] = [];
    let next = line - 1;
    for (const key of keys) {
      parts.push(lines.slice(next, key.line - 1).join(""));
      const { laid, count } = layOutKey(key, lines);
      parts.push(laid);
      next = key.line - 1 + count;
    }
    const end = sections[index + 1]?.line ?? lines.length + 1;
    return { name, line, parts: [...parts, lines.slice(next, end - 1).join("")] };
  });
}

/** The keys of a section, in order. */
export function keysOf({ parts }: LaidSection): readonly LaidKey[] {
  return parts.filter((part) => typeof part !== "string");
}

/** The first key of that name; letter case does not count. */
export function findKey(section: LaidSection | undefined, name: string): LaidKey | undefined {
  return section && keysOf(section).find((key) => foldCase(key.name) === foldCase(name));
}

export function writeOut(sections: readonly LaidSection[]): string {
  return sections
    .flatMap(({ parts }) =>
      parts.map((part) => (typeof part === "string" ? part : part.before + part.written + part.after)),
    )
    .join("");
}

/**
 * Gives a key another value, in the quotes of the old one where these can say it. The rest of its lines stays, and as many
 * lines as before; a comment that cannot stand behind the new value goes.
 * @returns undefined where the dialect has no way to write the value.
 */
export function rewriteValue(key: LaidKey, value: string): LaidKey | undefined {
  const lostLines = Math.max(0, countLines(key.written) - countLines(value));
  const ends = [key.after, /\r?\n$/.exec(key.after)?.[0] ?? ""].map((after) => after + "\n".repeat(lostLines));
  const quote = /^(?:"""|["'`])/.exec(key.written)?.[0] ?? "";
  for (const after of ends) {
    for (const mark of [quote, "", "`", '"""']) {
      const written = `${mark}${value}${mark}`;
      if (readBack(written + after) === value) return { ...key, value, written, after };
    }
  }
  return undefined;
}

function layOutKey(key: IniKey, lines: readonly string[]): { readonly laid: LaidKey; readonly count: number } {
  const line = lines[key.line - 1] ?? "";
  const content = trimSpaceStart(line);
  const rest = content.slice(findSeparator(content, key.name) + 1);
  let count = 1;
  readValue(rest, { next: () => lines[key.line - 1 + count++] });
  const value = trimSpaceStart(rest) || rest;
  const before = line.slice(0, line.length - value.length);
  const all = value + lines.slice(key.line, key.line - 1 + count).join("");
  const written = all.slice(0, findEnd(all, count));
  return { laid: { ...key, before, written, after: all.slice(written.length) }, count };
}

/** A key in quotes may hold separators. */
function findSeparator(content: string, name: string): number {
  const from = /^["`]/.test(content) ? content.indexOf(name, 1) + name.length : 0;
  return from + content.slice(from).search(/[=:]/);
}

/** Where a value ends in its lines, which begin with it. The cases are those of `readValue`. */
function findEnd(all: string, lineCount: number): number {
  const quote = /^(?:`|"""(?=[\s\S]))/.exec(all)?.[0];
  if (quote !== undefined) return all.lastIndexOf(quote) + quote.length;
  const comment = lineCount === 1 ? all.search(/[#;]/) : -1;
  return trimSpace(comment === -1 ? all : all.slice(0, comment)).length;
}

function readBack(text: string): string | undefined {
  const [first = "", ...others] = text.split(/(?<=\n)/);
  return readValue(first, { next: () => others.shift() });
}

function countLines(text: string): number {
  return text.split("\n").length;
}
