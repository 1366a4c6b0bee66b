import { nearestWord } from "../../../platform/nearest-word.ts";
import type { Finding } from "../../config/finding.ts";
import type { IniKey, IniSection } from "../../config/ini.ts";
import { foldCase } from "../../config/ini.ts";
import {
  type KnownSection,
  knownSection,
  SECTION_KEYS,
  SECTION_NAMES,
  TOP_KEYS,
  WG_QUICK_KEYS,
} from "./known-sections.ts";

/** Nobody reads more warnings about one file, and a hostile one could cost seconds. */
const MOST_WARNINGS = 200;
/** A longer word is no misspelling of a known one. */
const LONGEST_WORD = 24;

/**
 * Finds what wireproxy would pass over without a word: unknown sections, unknown keys, and repetitions of a key, of
 * which only the first counts. Reference page wireproxy-daemon.md section 10.2.
 */
export function findIgnored(sections: readonly IniSection[], file: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (const section of sections) {
    const name = knownSection(section.name);
    if (name === undefined && section.name !== "") {
      if (findings.length < MOST_WARNINGS) findings.push(unknownSection(section, file));
      continue;
    }
    const keys = name === undefined ? TOP_KEYS : SECTION_KEYS[name];
    const spellings = new Map(keys.map((key) => [foldCase(key), key] as const));
    const firsts = new Map<number | undefined, IniKey>();
    for (const key of section.keys) {
      const spelling = spellings.get(foldCase(key.name));
      const first = firsts.get(key.duplicateOf);
      if (spelling === undefined) {
        if (findings.length < MOST_WARNINGS) findings.push(unknownKey(key, keys, name, file));
      } else if (first === undefined) firsts.set(key.line, key);
      else findings.push(repeatedKey(spelling, key, first, file));
    }
  }
  return findings;
}

function unknownSection(section: IniSection, file: string): Finding {
  const near = nearest(section.name, [...SECTION_NAMES, "LinkSocks"]);
  return {
    severity: "warning",
    file,
    line: section.line,
    message: "wireproxy ignores this section: it knows none of that name",
    hint: near === undefined ? "remove it" : `did you mean [${near}]?`,
  };
}

/** A private key pasted without its name reads as a key, so the text is not repeated. */
function unknownKey(key: IniKey, known: readonly string[], section: KnownSection | undefined, file: string): Finding {
  const place = { severity: "warning", file, line: key.line } as const;
  const quick = WG_QUICK_KEYS.find((candidate) => foldCase(candidate) === foldCase(key.name));
  if (quick !== undefined) {
    return { ...place, message: `wireproxy ignores ${quick}: only wg-quick acts on it`, hint: "remove the line" };
  }
  const near = nearest(key.name, known);
  return {
    ...place,
    message: `wireproxy ignores this line: it knows no such key ${section === undefined ? "before the first section" : `in [${section}]`}`,
    hint: near === undefined ? "remove the line, or move it to its section" : `did you mean ${near}?`,
  };
}

/** A key that is given twice, of which only the first counts. */
export function repeatedKey(spelling: string, key: IniKey, first: IniKey, file: string): Finding {
  const same = first.value === key.value;
  return {
    severity: same ? "warning" : "error",
    file,
    line: key.line,
    message: `${spelling} was already given on line ${first.line}, and only that one counts`,
    hint: same ? "remove this line" : "keep one line; several values go into it with commas between them",
  };
}

function nearest(word: string, known: readonly string[]): string | undefined {
  return word.length > LONGEST_WORD ? undefined : nearestWord(word, known);
}
