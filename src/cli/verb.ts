import { type ArgsDef, type CommandDef, defineCommand, renderUsage, runCommand } from "citty";
import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";

/** One command of the command line. */
export interface Verb {
  /** One or two words, `config add`. */
  readonly name: string;
  /** What `--help` shows. */
  usage(): Promise<string>;
  /** Runs it on the words after its name. @throws Failure `usage`, and what the command throws. */
  run(words: readonly string[]): Promise<void>;
}

export interface VerbDefinition<Options extends ArgsDef> {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  readonly args: Options;
  readonly run: NonNullable<CommandDef<Options>["run"]>;
}

export function defineVerb<const Options extends ArgsDef>(definition: VerbDefinition<Options>): Verb {
  const { name, description, args, run } = definition;
  const command = defineCommand({ meta: { name, description }, args, run });
  return {
    name,
    usage: () => renderUsage(command, { meta: { name: "wpdaemon" } }),
    async run(words) {
      rejectUnknownOptions(name, args, words);
      try {
        await runCommand(command, { rawArgs: [...words] });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "CLIError") throw error;
        throw new Failure("usage", error.message, { hint: `wpdaemon ${name} --help explains it` });
      }
    },
  };
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
