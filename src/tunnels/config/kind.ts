import type { IniSection } from "./ini.ts";
import { foldCase, parseIni } from "./ini.ts";

/** What carries a tunnel: wireproxy, or our own LinkSocks client. */
export type TunnelKind = "wireproxy" | "linksocks";

/** A config with a section `[LinkSocks]` is a LinkSocks tunnel, any other one wireproxy's. */
export function kindOfSections(sections: readonly IniSection[]): TunnelKind {
  return findLinkSection(sections) === undefined ? "wireproxy" : "linksocks";
}

/**
 * The same of a text. One that never speaks of it is not taken apart for that.
 * @param file its name for messages.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function kindOfText(text: string, file: string): TunnelKind {
  return /\[linksocks\]/i.test(text) ? kindOfSections(parseIni(text, file)) : "wireproxy";
}

/** Whether the config is a LinkSocks provider's, which accepts no SOCKS; a variable may make it one. */
export function mayBeProvider(sections: readonly IniSection[]): boolean {
  const reverse = findLinkSection(sections)?.keys.find(({ name }) => foldCase(name) === "reverse")?.value;
  return reverse !== undefined && (reverse.startsWith("$") || readBoolean(reverse) === true);
}

/** One of Go's spellings, letter case ignored; undefined for everything else. */
export function readBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text.toLowerCase());
}

function findLinkSection(sections: readonly IniSection[]): IniSection | undefined {
  return sections.find(({ name }) => foldCase(name) === "linksocks");
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);
