import { nearestWord } from "../../platform/nearest-word.ts";
import type { Finding } from "../config/finding.ts";
import type { IniKey, IniSection } from "../config/ini.ts";
import { foldCase } from "../config/ini.ts";
import { repeatedKey } from "../wireproxy/config/ignored-keys.ts";
import { knownSection } from "../wireproxy/config/known-sections.ts";

/** What a LinkSocks config consists of. Only `Header` may be repeated. */
export const LINKSOCKS_KEYS = {
  LinkSocks: [
    "Url",
    "Token",
    "TokenFile",
    "Reverse",
    "ConnectorToken",
    "Threads",
    "FastOpen",
    "UpstreamProxy",
    "Header",
    "CertificateAuthority",
    "NoEnvProxy",
  ],
  Socks5: ["BindAddress", "Username", "Password"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Name = keyof typeof LINKSOCKS_KEYS;

/** The section that a name stands for; letter case does not count. */
export function linksocksSection(name: string): Name | undefined {
  return NAMES.find((known) => foldCase(known) === foldCase(name));
}

const NAMES = ["LinkSocks", "Socks5"] as const satisfies readonly Name[];
/** A longer word is no misspelling of a known one. */
const LONGEST_WORD = 24;

/** Finds what a LinkSocks config cannot hold: unknown sections and keys, and those of the other kind of tunnel. */
export function findUnknown(sections: readonly IniSection[], file: string): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<Name>();
  let isMixed = false;
  for (const section of sections) {
    const name = linksocksSection(section.name);
    const place = { severity: "error", file, line: section.line } as const;
    if (name !== undefined) {
      if (seen.has(name)) findings.push({ ...place, message: `a second [${name}]`, hint: "make two configs of it" });
      seen.add(name);
      findings.push(...findUnknownKeys(section, name, file));
    } else if (section.name === "") {
      for (const { line } of section.keys) {
        const hint = "move the line to its section, or remove it";
        findings.push({ ...place, line, message: "no key stands before the first section here", hint });
      }
    } else if (knownSection(section.name) === undefined) {
      const near = nearest(section.name, NAMES);
      const hint = near === undefined ? "remove it" : `did you mean [${near}]?`;
      findings.push({ ...place, message: "a LinkSocks config has no section of that name", hint });
    } else if (!isMixed) {
      isMixed = true;
      const message = `[${knownSection(section.name)}] beside [LinkSocks]: a tunnel is carried by the one or by the other`;
      findings.push({ ...place, message, hint: "make two configs of it" });
    }
  }
  return findings;
}

function findUnknownKeys(section: IniSection, name: Name, file: string): readonly Finding[] {
  const known: readonly string[] = LINKSOCKS_KEYS[name];
  const firsts = new Map<number | undefined, IniKey>();
  return section.keys.flatMap((key): readonly Finding[] => {
    const spelling = known.find((candidate) => foldCase(candidate) === foldCase(key.name));
    const first = firsts.get(key.duplicateOf);
    if (spelling === undefined) return [unknownKey(key, name, file)];
    if (spelling === "Header") return [];
    if (first !== undefined) return [repeatedKey(spelling, key, first, file)];
    firsts.set(key.line, key);
    return [];
  });
}

/** A token pasted without its name reads as a key, so the text is not repeated. */
function unknownKey(key: IniKey, name: Name, file: string): Finding {
  const near = nearest(key.name, LINKSOCKS_KEYS[name]);
  return {
    severity: "error",
    file,
    line: key.line,
    message: `there is no such key in [${name}]`,
    hint: near === undefined ? "remove the line, or move it to its section" : `did you mean ${near}?`,
  };
}

function nearest(word: string, known: readonly string[]): string | undefined {
  return word.length > LONGEST_WORD ? undefined : nearestWord(word, known);
}
