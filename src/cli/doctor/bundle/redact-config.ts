import { Failure } from "../../../platform/failure.ts";
import { foldCase } from "../../../tunnels/config/dialect/ini.ts";
import { isSecretKey, TUNNEL_KINDS } from "../../../tunnels/kinds.ts";
import { attempt } from "../attempt.ts";
import { REMOVED } from "./redactor.ts";

const VOCABULARIES = TUNNEL_KINDS.map(({ vocabulary }) => vocabulary);
const KEYS = VOCABULARIES.flatMap(({ sections }) => Object.values(sections).flat()).map(foldCase);
/** Keys that another program acts on may hold anything: some of wg-quick's are shell commands. */
const IGNORED = VOCABULARIES.flatMap(({ ignoredKeys = [] }) => ignoredKeys).map(foldCase);
const HARMLESS = new Set(KEYS.filter((key) => !isSecretKey(key)));
const KNOWN = new Set([...KEYS, ...IGNORED]);

/**
 * A config as a stranger may see it, line for line: sections, keys, and the values of keys that are known to be harmless.
 * What is not understood goes, for a key that was pasted in the wrong place may be in it.
 */
export function redactConfig(text: string): string {
  let closing: ((line: string) => boolean) | undefined;
  return text
    .split("\n")
    .map((line) => {
      if (closing !== undefined) {
        if (closing(line)) closing = undefined;
        return REMOVED;
      }
      closing = findClosing(line);
      return redactLine(line.trim(), closing !== undefined);
    })
    .join("\n");
}

/** A value that goes on over the next lines; returns what tells its last one. */
function findClosing(line: string): ((line: string) => boolean) | undefined {
  if (/^\s*(?:[#;]|$)/.test(line)) return undefined;
  const value = /^[^=:]*[=:]\s*(.*)$/.exec(line)?.[1]?.trimEnd() ?? "";
  const quote = /^(?:`|""")/.exec(value)?.[0];
  if (quote !== undefined && !value.slice(quote.length).includes(quote)) return (next) => next.includes(quote);
  return value.endsWith("\\") ? (next) => !next.trimEnd().endsWith("\\") : undefined;
}

function redactLine(line: string, goesOn: boolean): string {
  if (line === "") return "";
  const comment = /^[#;]+\s*/.exec(line)?.[0];
  if (comment !== undefined) return `${comment}${redactLine(line.slice(comment.length), false)}`;
  const section = /^\[[\w -]{1,24}\]/.exec(line)?.[0];
  if (section !== undefined) return section;
  const [, key = "", value = ""] = /^([A-Za-z]{1,24})\s*[=:]\s*(.*)$/.exec(line) ?? [];
  if (!KNOWN.has(key.toLowerCase())) return REMOVED;
  const shown = /^[^#;]*/.exec(value)?.[0].trimEnd() ?? "";
  const isHarmless = HARMLESS.has(key.toLowerCase()) && !goesOn && !/[@?`"'\\]/.test(shown);
  return `${key} = ${isHarmless ? shown : REMOVED}`;
}

/**
 * config.yaml as a stranger may see it, before the known secrets are taken out. One that is no YAML keeps its names alone:
 * nobody can say which of its lines are a secret's.
 */
export function redactSettings(text: string): string {
  if (!(attempt(() => Bun.YAML.parse(text)) instanceof Failure)) return text.replace(/(^|\s)#.*$/gm, "$1#");
  return text
    .split("\n")
    .map((line) => (line.trim() === "" ? "" : `${/^[ \t]*[A-Za-z][\w-]{0,23}:/.exec(line)?.[0] ?? ""} ${REMOVED}`))
    .join("\n");
}
