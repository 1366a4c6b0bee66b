import { Failure } from "../../../platform/failure.ts";
import { isCutShort, type LineReader, readValue, trimSpace, trimSpaceStart } from "./ini-value.ts";

export interface IniKey {
  /** As written, without quotes; letter case does not count. */
  readonly name: string;
  /** As wireproxy reads it: unquoted, continued, without its comment, references expanded. */
  readonly value: string;
  readonly line: number;
  /** The line of the same key's first mention in this section, whose value alone counts. */
  readonly duplicateOf?: number;
  /** The dialect drops the end of what is written as a comment, although no blank sets it off. */
  readonly isCutShort?: true;
}

export interface IniSection {
  /** As written; empty for what stands before the first section. Letter case does not count, blanks do. */
  readonly name: string;
  readonly line: number;
  readonly keys: readonly IniKey[];
}

/**
 * Reads the INI dialect of wireproxy: that of the Go library go-ini, its rules for quotes, comments, continued lines and
 * references included. Written by hand, because the packages for INI files read other dialects, and a value that is read in
 * another way than wireproxy reads it would pass a check that it should not.
 * @param file its name for messages.
 * @returns the sections in order, repeated ones apart; the first is always the nameless top of the file.
 * @throws Failure `config-invalid`, `file:line: …`; it repeats nothing of the text, which may be a key.
 */
export function parseIni(text: string, file: string): readonly IniSection[] {
  const lines = text.replace(/^\uFEFF/, "").split(/(?<=\n)/, MOST_LINES + 1);
  if (lines.length > MOST_LINES) {
    const hint = "no tunnel needs so many: write AllowedIPs in one line, with commas between, and leave comments out";
    throw invalid(`${file}:${MOST_LINES + 1}`, `more than ${MOST_LINES} lines`, hint);
  }
  const top = newSection("", 1);
  const sections = [top];
  let section = top;
  let number = 0;
  const reader: LineReader = { next: () => lines[number++] };

  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const start = number;
    const content = trimSpaceStart(line);
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    if (content.startsWith("[")) {
      section = newSection(readSectionName(content, `${file}:${start}`), start);
      if (sections.length > MOST_SECTIONS) {
        const hint = "no tunnel needs so many: remove some";
        throw invalid(`${file}:${start}`, `more than ${MOST_SECTIONS} sections`, hint);
      }
      sections.push(section);
      continue;
    }
    const { name, rest } = readKeyName(content, `${file}:${start}`);
    const value = readValue(rest, reader);
    if (value === undefined) {
      throw invalid(`${file}:${start}`, "the quote that opens here is never closed", "close it, or remove it");
    }
    addKey(section, name, { value, line: start, ...(isCutShort(rest) ? { isCutShort: true } : {}) });
  }
  return expandReferences(sections, file);
}

interface OpenSection {
  readonly name: string;
  readonly line: number;
  readonly keys: IniKey[];
  readonly firstMentions: Map<string, number>;
  dashes: number;
}

function newSection(name: string, line: number): OpenSection {
  return { name, line, keys: [], firstMentions: new Map(), dashes: 0 };
}

/** A key called `-` is numbered by the dialect: `#1`, `#2`, …, and so never a repetition. */
function addKey(section: OpenSection, written: string, read: Omit<IniKey, "name" | "duplicateOf">): void {
  const name = written === "-" ? `#${++section.dashes}` : written;
  const first = section.firstMentions.getOrInsert(foldCase(name), read.line);
  section.keys.push(first === read.line ? { name, ...read } : { name, ...read, duplicateOf: first });
}

/** Everything up to the last bracket of the line belongs to the name. */
function readSectionName(content: string, place: string): string {
  const end = content.lastIndexOf("]");
  if (end === -1) throw invalid(place, "the section's closing ] is missing", "write [Name] on a line of its own");
  if (end === 1) throw invalid(place, "the section has no name", "write its name between the brackets, or remove it");
  return content.slice(1, end);
}

function readKeyName(content: string, place: string): { readonly name: string; readonly rest: string } {
  const quote = keyQuote(content);
  const close = quote === "" ? 0 : content.indexOf(quote, quote.length);
  if (close === -1) throw invalid(place, "the quote around the key is never closed", "close it, or remove it");
  const from = close + quote.length;
  const separator = content.slice(from).search(/[=:]/);
  if (separator === -1) {
    throw invalid(place, "neither = nor : on the line", "write Key = value, or begin a comment with #");
  }
  const name = trimSpace(quote === "" ? content.slice(0, separator) : content.slice(quote.length, close));
  if (name === "") throw invalid(place, "no key before the separator", "write Key = value, or begin a comment with #");
  return { name, rest: content.slice(from + separator + 1) };
}

function keyQuote(content: string): string {
  if (content.startsWith('"""') && content.length > 6) return '"""';
  return content.startsWith('"') ? '"' : content.startsWith("`") ? "`" : "";
}

function invalid(place: string, message: string, hint: string): Failure {
  return new Failure("config-invalid", `${place}: ${message}`, { hint });
}

/** The name of a section or key as wireproxy compares it: letter case ignored. */
export function foldCase(name: string): string {
  return name.replaceAll("\u0130", "i").toLowerCase();
}

/** Each takes time, while the daemon answers nobody, and a file of 1 MiB could have a million. */
const MOST_LINES = 10_000;

/** Each costs memory, and a file of 1 MiB could have 200,000. */
const MOST_SECTIONS = 4_096;

/** How often the dialect replaces references within one value before it lets the rest stand. */
const MOST_ROUNDS = 99;
/** Characters that expansion may produce in one file: references to references grow exponentially. */
const MOST_EXPANDED = 4 * 1024 * 1024;

/**
 * Replaces each `%(key)s` in each value: by the raw first value of that key in the same section, else at the top of the
 * file. At the first reference without a target, the value stays as it is.
 * @throws Failure `config-invalid` where the values would grow beyond any sense.
 */
function expandReferences(sections: readonly IniSection[], file: string): readonly IniSection[] {
  if (!sections.some((section) => section.keys.some((key) => key.value.includes("%(")))) return sections;
  const top = rawValues(sections[0]);
  let budget = MOST_EXPANDED;

  return sections.map((section) => {
    const own = rawValues(section);
    return {
      ...section,
      keys: section.keys.map((key) => ({ ...key, value: expand(key.value, foldCase(key.name), key.line) })),
    };

    function expand(raw: string, self: string, line: number): string {
      let value = raw;
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const reference = findReference(value);
        if (reference === undefined) break;
        const wanted = foldCase(reference.slice(2, -2));
        const replacement = wanted === self ? top.get(wanted) : (own.get(wanted) ?? top.get(wanted));
        if (replacement === undefined) break;
        budget -= value.length + (value.split(reference).length - 1) * replacement.length;
        if (budget < 0) {
          throw new Failure("config-invalid", `${file}:${line}: the references %(…)s expand to too much text`, {
            hint: "write the value out",
          });
        }
        value = value.replaceAll(reference, () => replacement);
      }
      return value;
    }
  });
}

function rawValues(section: IniSection | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const key of section?.keys ?? []) {
    if (key.duplicateOf === undefined) values.set(foldCase(key.name), key.value);
  }
  return values;
}

/** The first `%(…)s`. No expression does this in linear time. */
function findReference(value: string): string | undefined {
  for (let from = 0; ; ) {
    const start = value.indexOf("%(", from);
    if (start === -1) return undefined;
    const close = value.indexOf(")", start);
    if (close === -1) return undefined;
    if (close > start + 2 && value.charAt(close + 1) === "s") return value.slice(start, close + 2);
    from = close;
  }
}
