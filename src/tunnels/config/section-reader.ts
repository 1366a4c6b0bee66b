import * as v from "valibot";
import type { Finding } from "./finding.ts";
import type { IniSection } from "./ini.ts";
import { foldCase } from "./ini.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How one key is read. */
export interface KeyRule<Output> {
  readonly schema: v.GenericSchema<string, Output>;
  /** What to write there, for whoever wrote something else. */
  readonly hint: string;
  /**
   * What a leading `$` means: a variable of the environment (the default), nothing at all, or a variable without which
   * wireproxy silently takes the value as empty and so switches a protection off.
   */
  readonly dollar?: "variable" | "literal" | "protection";
}

/** One section, read key by key. Faults become findings, and the key then counts as absent. */
export interface SectionReader {
  readonly line: number;
  has(key: string): boolean;
  /** The line of a key, or of the section where it has none. */
  lineOf(key: string): number;
  optional<Output>(key: string, rule: KeyRule<Output>): Output | undefined;
  /** As `optional`, and an absent key is an error. */
  required<Output>(key: string, rule: KeyRule<Output>): Output | undefined;
  report(severity: Finding["severity"], line: number, message: string, hint: string): void;
}

/** @param source where the section stands, and who gets the findings. */
export function createSectionReader(
  section: IniSection,
  source: { readonly file: string; readonly environment: Environment; readonly findings: Finding[] },
): SectionReader {
  const keys = new Map(
    section.keys.filter((key) => key.duplicateOf === undefined).map((key) => [foldCase(key.name), key] as const),
  );
  const lineOf = (key: string) => keys.get(foldCase(key))?.line ?? section.line;

  return { line: section.line, has: (key) => keys.has(foldCase(key)), lineOf, optional, required, report };

  function report(severity: Finding["severity"], line: number, message: string, hint: string): void {
    source.findings.push({ severity, file: source.file, line, message, hint });
  }

  function required<Output>(key: string, rule: KeyRule<Output>): Output | undefined {
    if (keys.has(foldCase(key))) return optional(key, rule);
    report("error", section.line, `${key} is missing in this section`, rule.hint);
    return undefined;
  }

  function optional<Output>(key: string, rule: KeyRule<Output>): Output | undefined {
    const written = keys.get(foldCase(key))?.value;
    if (written === undefined) return undefined;
    const text = expandVariable(key, written, rule.dollar ?? "variable");
    if (text === undefined) return undefined;
    const result = v.safeParse(rule.schema, text);
    if (result.success) return result.output;
    report("error", lineOf(key), `${key} ${result.issues[0].message}`, rule.hint);
    return undefined;
  }

  function expandVariable(key: string, text: string, dollar: "variable" | "literal" | "protection") {
    if (!text.startsWith("$")) return text;
    if (dollar === "literal") {
      report("error", lineOf(key), `${key} begins with $, but is not looked up in the environment`, "write it out");
      return undefined;
    }
    if (text.startsWith("$$")) return text.slice(1);
    const value = variable(text.slice(1));
    if (value !== undefined && (dollar === "variable" || value !== "")) return value;
    const effect = dollar === "protection" ? "; wireproxy would switch authentication or encryption off" : "";
    report(
      "error",
      lineOf(key),
      `${key} names an environment variable that is not set${effect}`,
      "set it for the daemon, as $NAME without braces, or write $$ for a dollar sign",
    );
    return undefined;
  }

  function variable(name: string): string | undefined {
    return Object.hasOwn(source.environment, name) ? source.environment[name] : undefined;
  }
}
