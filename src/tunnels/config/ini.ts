import { Failure } from "../../platform/failure.ts";
import { foldCase } from "./fold-case.ts";
import { expandReferences } from "./ini-references.ts";
import type { IniKey, IniSection } from "./ini-section.ts";
import { trimSpace, trimSpaceStart } from "./ini-space.ts";
import { type LineReader, readValue } from "./ini-value.ts";

/**
 * Reads the INI dialect of wireproxy (go-ini, its rules for quotes, comments and continuation included).
 * Reference page wireproxy-daemon.md section 10.2.
 * @param file its name for messages.
 * @returns the sections in order, repeated ones apart; the first is always the nameless top of the file.
 * @throws Failure `config-invalid`, `file:line: …`; it repeats nothing of the text, which may be a key.
 */
export function parseIni(text: string, file: string): readonly IniSection[] {
  const lines = text.replace(/^\uFEFF/, "").split(/(?<=\n)/);
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
      sections.push(section);
      continue;
    }
    const { name, rest } = readKeyName(content, `${file}:${start}`);
    const value = readValue(rest, reader);
    if (value === undefined) {
      throw invalid(`${file}:${start}`, "the quote that opens here is never closed", "close it, or remove it");
    }
    addKey(section, name, value, start);
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
function addKey(section: OpenSection, written: string, value: string, line: number): void {
  const name = written === "-" ? `#${++section.dashes}` : written;
  const first = section.firstMentions.get(foldCase(name));
  if (first === undefined) section.firstMentions.set(foldCase(name), line);
  section.keys.push(first === undefined ? { name, value, line } : { name, value, line, duplicateOf: first });
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
