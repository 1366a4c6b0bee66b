import * as v from "valibot";
import type { Environment } from "../../../platform/environment.ts";
import type { Finding, Report } from "../finding.ts";
import { foldCase, type IniKey, type IniSection } from "./ini.ts";

/** How one key is read. */
export interface KeyRule<Output> {
  readonly schema: v.GenericSchema<string, Output>;
  /** What to write in place of an invalid value. */
  readonly hint: string;
  /**
   * What a leading `$` means: a variable of the environment (the default), nothing at all, or a variable which must not be
   * missing or empty, because an empty value would silently switch a protection off.
   */
  readonly dollar?: "variable" | "literal" | "protection";
}

/** A section that is known by `name`. */
export interface NamedSection<Name extends string> {
  readonly name: Name;
  readonly reader: SectionReader;
}

interface SectionSource {
  readonly environment: Environment;
  /** Hears of every fault. */
  readonly report: Report;
}

/** A reader for each section that has one of `names`, letter case ignored, in the order of the file. */
export function openSections<Name extends string>(
  sections: readonly IniSection[],
  names: readonly Name[],
  source: SectionSource,
): readonly NamedSection<Name>[] {
  return sections.flatMap((section) => {
    const name = names.find((known) => foldCase(known) === foldCase(section.name));
    return name === undefined ? [] : [{ name, reader: createSectionReader(section, source) }];
  });
}

/** One section, read key by key. Faults become findings, and the key then counts as absent. */
export type SectionReader = ReturnType<typeof createSectionReader>;

export function createSectionReader(section: IniSection, source: SectionSource) {
  const keys = new Map(
    section.keys.filter((key) => key.duplicateOf === undefined).map((key) => [foldCase(key.name), key] as const),
  );

  return { line: section.line, has, lineOf, raw, optional, required, every, report };

  function has(key: string): boolean {
    return keys.has(foldCase(key));
  }

  /** Adds a finding about a key; about the section where that has none of this name, or none is given. */
  function report(severity: Finding["severity"], key: string | undefined, message: string, hint: string): void {
    source.report(severity, key === undefined ? section.line : lineOf(key), message, hint);
  }

  /** The line of a key, or of the section where it has none. */
  function lineOf(key: string): number {
    return keys.get(foldCase(key))?.line ?? section.line;
  }

  /** A key's value as it stands, for one that has no rule. */
  function raw(key: string): string | undefined {
    return keys.get(foldCase(key))?.value;
  }

  /** As `optional`, and an absent key is an error. */
  function required<Output>(key: string, rule: KeyRule<Output>): Output | undefined {
    if (has(key)) return optional(key, rule);
    report("error", undefined, `${key} is missing in this section`, rule.hint);
    return undefined;
  }

  function optional<Output>(key: string, rule: KeyRule<Output>): Output | undefined {
    const written = keys.get(foldCase(key));
    return written && read(key, written, rule);
  }

  /** A key that may be repeated. */
  function every<Output>(key: string, rule: KeyRule<Output>): readonly Output[] {
    return section.keys.flatMap((written) => {
      const output = foldCase(written.name) === foldCase(key) ? read(key, written, rule) : undefined;
      return output === undefined ? [] : [output];
    });
  }

  function read<Output>(key: string, { value, line }: IniKey, rule: KeyRule<Output>): Output | undefined {
    const text = expandVariable(key, value, line, rule.dollar ?? "variable");
    if (text === undefined) return undefined;
    const result = v.safeParse(rule.schema, text);
    if (result.success) return result.output;
    source.report("error", line, `${key} ${result.issues[0].message}`, rule.hint);
    return undefined;
  }

  function expandVariable(key: string, text: string, line: number, dollar: NonNullable<KeyRule<unknown>["dollar"]>) {
    if (!text.startsWith("$")) return text;
    if (dollar === "literal") {
      source.report("error", line, `${key} begins with $, but is not looked up in the environment`, "write it out");
      return undefined;
    }
    if (text.startsWith("$$")) return text.slice(1);
    const name = text.slice(1);
    const value = Object.hasOwn(source.environment, name) ? source.environment[name] : undefined;
    if (value !== undefined && (dollar === "variable" || value !== "")) return value;
    const effect = dollar === "protection" ? "; authentication or encryption would be off" : "";
    const message = `${key} names an environment variable that is not set${effect}`;
    const hint = "set it for the daemon, as $NAME without braces, or write $$ for a dollar sign";
    source.report("error", line, message, hint);
    return undefined;
  }
}
