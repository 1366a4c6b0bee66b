import { foldCase, parseIni } from "../../config/dialect/ini.ts";
import { findKey, keysOf, type LaidSection, layOut, writeOut } from "../../config/dialect/ini-layout.ts";
import type { ReadBeside, Translation } from "../../config/store/source-text.ts";
import { type Note, translateKeys } from "./translate-keys.ts";

/**
 * Writes what wg-quick(8) and wg(8) take, and wireproxy does not, in words that all take. What is right already keeps every
 * byte.
 * @param file its name for messages.
 * @param readBeside gives the text of a file beside the original, which WGConfig may name: its sections are then taken into
 * the config, for that file does not come along.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function translateFromWgQuick(text: string, file: string, readBeside?: ReadBeside): Translation {
  const changes: { line: number; message: string }[] = [];
  const note: Note = (line, message) => void changes.push({ line, message });
  const whole = takeIn(layOut(text, file), readBeside, note);
  const named = whole.map((section) => correctHeading(section, note));
  const sections = joinInterfaces(named, note).map((section) => translateKeys(section, note));
  if (changes.length === 0) return { text, changes };
  const written = writeOut(sections);
  parseIni(written, file);
  return { text: written, changes: changes.sort((one, other) => one.line - other.line) };
}

/** An absolute path means the same everywhere, and one out of the folder is left to be refused. */
function takeIn(
  sections: readonly LaidSection[],
  readBeside: ReadBeside | undefined,
  note: Note,
): readonly LaidSection[] {
  const key = findKey(sections[0], "WGConfig");
  if (key === undefined || /^[/~$]|(?:^|\/)\.\.(?:\/|$)|^$/.test(key.value)) return sections;
  const text = readBeside?.(key.value);
  if (text === undefined) return sections;
  note(key.line, "WGConfig is replaced by the sections of the file that it names");
  const isWireguard = ({ name }: LaidSection) => ["interface", "peer"].includes(foldCase(name));
  return [
    ...sections.slice(0, 1).map((top) => ({ ...top, parts: top.parts.filter((part) => part !== key) })),
    ...layOut(text.endsWith("\n") ? text : `${text}\n`, key.value).filter(isWireguard),
    ...sections.slice(1).filter((section) => !isWireguard(section)),
  ];
}

/** Blanks within the brackets, and a comment with a bracket behind them, are no part of the name to wg. */
function correctHeading(section: LaidSection, note: Note): LaidSection {
  const [, name] = /^\s*(interface|peer)\s*(?:\]\s*[#;].*)?$/i.exec(section.name) ?? [];
  const [heading, ...others] = section.parts;
  if (name === undefined || name === section.name || typeof heading !== "string") return section;
  note(section.line, `the heading is written as [${name}]`);
  return { ...section, name, parts: [heading.replace(section.name, name), ...others] };
}

/** To wg a second heading goes on with the first; two keys of one's own are two configs in one file. */
function joinInterfaces(sections: readonly LaidSection[], note: Note): readonly LaidSection[] {
  const [first, ...others] = sections.filter(({ name }) => foldCase(name) === "interface");
  if (first === undefined || others.length === 0) return sections;
  const keys = [first, ...others].flatMap(keysOf).filter(({ name }) => foldCase(name) === "privatekey");
  if (new Set(keys.map(({ value }) => value)).size > 1) return sections;
  for (const { line } of others) note(line, `[Interface] is joined with the one on line ${first.line}`);
  const end = first.parts.at(-1);
  const isOpen = typeof end === "string" && !writeOut([first]).endsWith("\n");
  const parts = [...first.parts, ...(isOpen ? ["\n"] : []), ...others.flatMap((section) => section.parts.slice(1))];
  return sections.flatMap((section) =>
    section === first ? [{ ...first, parts }] : others.includes(section) ? [] : [section],
  );
}
