/** An option or a positional argument, as help, completions and the manual show it. */
export interface VerbOption {
  readonly name: string;
  readonly alias: string | undefined;
  readonly description: string;
  readonly type: "boolean" | "string" | "enum" | "positional";
  /** What the value is, in capitals; undefined where it takes none. */
  readonly value: string | undefined;
  /** All that an `enum` may be; empty for every other type. */
  readonly values: readonly string[];
  readonly required: boolean;
}

/** The texts about a command. */
export interface Manual {
  /** One or two words, `config add`. */
  readonly name: string;
  /** What it does, in a few words, without a full stop. */
  readonly summary: string;
  /** What else somebody should know before using it, in sentences. */
  readonly details?: string;
  /** Command lines that show what it is good for. */
  readonly examples?: readonly string[];
  /** It takes more words than its positional arguments name. */
  readonly several?: boolean;
}

/** One command of the command line. */
export interface Verb extends Manual {
  readonly options: readonly VerbOption[];
  /**
   * Runs it on the words after its name, or shows its help.
   * @throws Failure `usage`, and what the command throws; with `--json` it is reported here, and the exit code set.
   */
  run(words: readonly string[]): Promise<void>;
}

/** The ways to write an option, the short one first; none for a positional argument. */
export function spell({ type, name, alias }: Pick<VerbOption, "type" | "name" | "alias">): readonly string[] {
  if (type === "positional") return [];
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`];
}
