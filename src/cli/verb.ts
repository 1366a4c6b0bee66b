import { type ArgDef, type ArgsDef, type CommandDef, defineCommand, renderUsage, runCommand } from "citty";
import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";

/** An option or a positional argument, as completions and the manual show it. */
export interface VerbOption {
  readonly name: string;
  readonly alias: string | undefined;
  readonly description: string;
  readonly type: "boolean" | "string" | "enum" | "positional";
  /** All that an `enum` may be; empty for every other type. */
  readonly values: readonly string[];
  readonly required: boolean;
}

/** One command of the command line. */
export interface Verb {
  /** One or two words, `config add`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** A command line that shows what it is good for. */
  readonly example: string | undefined;
  /** It takes more words than its positional arguments name. */
  readonly several: boolean;
  readonly options: readonly VerbOption[];
  /** Puts `--` before the words that are another program's; as they are where there can be none. */
  arrange(words: readonly string[]): readonly string[];
  /** What `--help` shows. */
  usage(): Promise<string>;
  /** Runs it on the words after its name. @throws Failure `usage`, and what the command throws. */
  run(words: readonly string[]): Promise<void>;
}

export interface VerbDefinition<Options extends ArgsDef> {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** A command line that shows what it is good for. */
  readonly example?: string;
  /** It takes more words than its positional arguments name. */
  readonly several?: boolean;
  readonly arrange?: Verb["arrange"];
  readonly args: Options;
  readonly run: NonNullable<CommandDef<Options>["run"]>;
}

export function defineVerb<const Options extends ArgsDef>(definition: VerbDefinition<Options>): Verb {
  const { name, description, example, args } = definition;
  const command = defineCommand({
    meta: { name, description },
    args,
    run(context) {
      if (definition.several !== true) rejectFurtherWords(name, args, context.args._);
      return definition.run(context);
    },
  });
  return {
    name,
    description,
    example,
    several: definition.several ?? false,
    options: Object.entries(args).map(describeOption),
    arrange: definition.arrange ?? ((words) => words),
    async usage() {
      const usage = await renderUsage(command, { meta: { name: "wpdaemon" } });
      return example === undefined ? usage : `${usage}\nEXAMPLE\n\n  ${example}\n`;
    },
    async run(words) {
      rejectUnknownOptions(name, args, words);
      try {
        await runCommand(command, { rawArgs: [...words] });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "CLIError") throw error;
        throw new Failure("usage", Bun.stripANSI(error.message), { hint: `wpdaemon ${name} --help explains it` });
      }
    },
  };
}

function describeOption([name, definition]: [string, ArgDef]): VerbOption {
  const { type = "string", description = "", required = false } = definition;
  const alias = "alias" in definition && typeof definition.alias === "string" ? definition.alias : undefined;
  const values = "options" in definition ? (definition.options ?? []) : [];
  return { name, alias, description, type, values, required };
}

/** A mistyped option must not be taken for nothing. */
function rejectUnknownOptions(verb: string, args: ArgsDef, words: readonly string[]): void {
  const known = Object.entries(args).flatMap(([name, definition]) =>
    "alias" in definition && typeof definition.alias === "string"
      ? [`--${name}`, `-${definition.alias}`]
      : [`--${name}`],
  );
  for (const word of words) {
    if (word === "--") return;
    const name = word.split("=", 1)[0] ?? "";
    if (!name.startsWith("-") || name === "-" || known.includes(name)) continue;
    const near = nearestWord(name, known);
    throw new Failure("usage", `unknown option "${name}"`, {
      hint: near === undefined ? `wpdaemon ${verb} --help lists the options` : `did you mean "${near}"?`,
    });
  }
}

/** `stop us-east` must not stop the daemon. */
function rejectFurtherWords(verb: string, args: ArgsDef, words: readonly string[]): void {
  const places = Object.values(args).filter(({ type }) => type === "positional").length;
  const further = words[places];
  if (further === undefined) return;
  throw new Failure("usage", `${JSON.stringify(further)} is one word too many for "wpdaemon ${verb}"`, {
    hint: `wpdaemon ${verb} --help explains it`,
  });
}
