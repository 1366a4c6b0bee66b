import type { VerbOption } from "../../verb.ts";

/** A flag of LinkSocks' own command line; reference page linksocks.md section 7. */
export interface Flag {
  /** Without dashes. */
  readonly name: string;
  readonly short?: string;
  /** A `switch` is on or off, a `count` counts how often it is given, a `list` may be given several times. */
  readonly kind: "text" | "switch" | "count" | "list";
  /** What the value is, in capitals, for the help. */
  readonly value?: string;
  /** All that it may be. */
  readonly choices?: readonly string[];
  /** As it would be typed; where there is none, a text is empty and a switch is off. */
  readonly fallback?: string;
  /** The environment variable that it is read from where it is not given. */
  readonly variable?: string;
  /** For the help, without a full stop. */
  readonly meaning: string;
}

/** `Token (LINKSOCKS_TOKEN; anonymous)`: what a flag means, its variable, and its default. */
export function describeFlag({ meaning, variable, fallback }: Flag): string {
  const sources = [variable, fallback].filter((source) => source !== undefined && source !== "");
  return sources.length === 0 ? meaning : `${meaning} (${sources.join("; ")})`;
}

/** A flag as completions and the manual show it. */
export function toVerbOption(flag: Flag): VerbOption {
  const { name, short, kind, choices = [] } = flag;
  const takesValue = kind === "text" || kind === "list";
  const type = choices.length > 0 ? "enum" : takesValue ? "string" : "boolean";
  return { name, alias: short, description: describeFlag(flag), type, values: choices, required: false };
}
