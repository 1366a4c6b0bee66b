import { Failure } from "../../../platform/failure.ts";
import { attempt } from "../attempt.ts";
import { REMOVED } from "./redactor.ts";

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
