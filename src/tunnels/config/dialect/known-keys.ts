import { nearestWord } from "../../../platform/nearest-word.ts";
import type { Finding, Report } from "../finding.ts";
import { foldCase, type IniKey, type IniSection } from "./ini.ts";

type Complaint = Pick<Finding, "message" | "hint">;

/** The sections and keys of one kind of config, and what to report for any other. */
export interface Vocabulary {
  /** Keys by section; the section "" is what stands before the first one. */
  readonly sections: Readonly<Record<string, readonly string[]>>;
  /** Keys that other programs use in the same files, and that mean nothing here. */
  readonly ignoredKeys?: readonly string[];
  /** Keys by section that the kind's own checks speak of. */
  readonly foreignKeys?: Readonly<Record<string, readonly string[]>>;
  /** Keys whose values are their owner's alone. */
  readonly secretKeys: readonly string[];
  /** Keys whose several values one line can hold, and how. */
  readonly joined?: Readonly<Record<string, string>>;
  /** Keys that may be given several times. */
  readonly repeatable?: readonly string[];
  /** Of all that is unknown: whether it keeps the tunnel from starting. */
  readonly severity: Finding["severity"];
  /** Sections of another kind, which a misspelt name may mean. */
  readonly elsewhere?: readonly string[];
  /** @param near the known name that was perhaps meant. */
  readonly unknownSection: (name: string, near: string | undefined) => Complaint;
  /** @param section as it is known. */
  readonly unknownKey: (name: string, section: string, near: string | undefined) => Complaint;
}

/** To find what a word was meant to be takes longest, and a hostile file could cost seconds. */
const MOST_GUESSES = 200;
/** A longer word is no misspelling of a known one. */
const LONGEST_WORD = 24;

const CUT_SHORT: Complaint = {
  message: "the # or ; on this line ends the value, for it begins a comment even without a blank before it",
  hint: "write the value between backquotes (`…`) if it is part of it, or a blank before the sign if it is not",
};

/**
 * Reports what would be ignored in silence: unknown sections, unknown keys, the ends of values that are taken for
 * comments, and repetitions of a key, of which only the first counts. A key pasted without its name reads as a name, so no text of the config is repeated.
 */
export function reportUnknown(sections: readonly IniSection[], vocabulary: Vocabulary, report: Report): void {
  const names = Object.keys(vocabulary.sections);
  const words = [...names, ...(vocabulary.elsewhere ?? [])].filter((name) => name !== "");
  let guesses = 0;

  for (const section of sections) {
    const name = names.find((known) => foldCase(known) === foldCase(section.name));
    if (name === undefined) {
      const near = guess(() => nearestSection(section.name, words));
      complain(section.line, vocabulary.unknownSection(section.name, near));
      continue;
    }
    const keys = vocabulary.sections[name] ?? [];
    const spellings = new Map(keys.map((key) => [foldCase(key), key] as const));
    const foreign = new Set(vocabulary.foreignKeys?.[name]?.map(foldCase));
    const ignored = new Set(vocabulary.ignoredKeys?.map(foldCase));
    const firsts = new Map<number | undefined, IniKey>();
    for (const key of section.keys) {
      if (foreign.has(foldCase(key.name))) continue;
      // Panels write them empty, which means nothing to anybody.
      if (ignored.has(foldCase(key.name)) && key.value === "") continue;
      const spelling = spellings.get(foldCase(key.name));
      const first = firsts.get(key.duplicateOf);
      // Of what means nothing no end can be missing.
      if (key.isCutShort && !ignored.has(foldCase(key.name))) complain(key.line, CUT_SHORT, "warning");
      if (spelling === undefined) {
        const near = guess(() => nearest(key.name, keys));
        complain(key.line, vocabulary.unknownKey(key.name, name, near));
      } else if (first === undefined) firsts.set(key.line, key);
      else if (vocabulary.repeatable?.includes(spelling) !== true) reportRepeated(spelling, key, first);
    }
  }

  function reportRepeated(spelling: string, key: IniKey, first: IniKey): void {
    const message = `${spelling} was already given on line ${first.line}, and only that one counts`;
    if (first.value === key.value) report("warning", key.line, message, "remove this line");
    else report("error", key.line, message, vocabulary.joined?.[spelling] ?? "keep one of the lines");
  }

  function guess(find: () => string | undefined): string | undefined {
    return guesses++ < MOST_GUESSES ? find() : undefined;
  }

  function complain(line: number, { message, hint }: Complaint, severity = vocabulary.severity): void {
    report(severity, line, message, hint);
  }
}

/** Some write a name of their own behind the section's. */
function nearestSection(name: string, known: readonly string[]): string | undefined {
  return nearest(name, known) ?? nearest(/^[a-z]*/i.exec(name.trim())?.[0] ?? "", known);
}

function nearest(word: string, known: readonly string[]): string | undefined {
  return word.length > LONGEST_WORD ? undefined : nearestWord(word, known);
}
