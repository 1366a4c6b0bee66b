import { type ArgDef, type ArgsDef, type ParsedArgs, parseArgs } from "citty";
import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { type Manual, spell, type Verb, type VerbOption } from "./manual.ts";
import { explainVerb } from "./output/help.ts";
import { reportFailure, say } from "./output/report.ts";

export interface VerbDefinition<Options extends ArgsDef> extends Manual {
  readonly args: Options;
  /** Puts `--` before the words of another program. */
  readonly arrange?: (words: readonly string[]) => readonly string[];
  readonly run: (context: { readonly args: ParsedArgs<Options> }) => void | Promise<void>;
}

/** A command whose words citty takes apart. */
export function defineVerb<const Options extends ArgsDef>(definition: VerbDefinition<Options>): Verb {
  const { args, arrange = (words) => words, run, ...manual } = definition;
  const options = Object.entries(args).map(describeOption);
  return {
    ...manual,
    options,
    async run(words) {
      const arranged = arrange(words);
      const own = arranged.includes("--") ? arranged.slice(0, arranged.indexOf("--")) : arranged;
      if (own.includes("--help") || own.includes("-h")) return say(explainVerb({ ...manual, options }));
      try {
        rejectUnknownOptions(manual.name, options, own);
        const parsed = parse(manual.name, args, arranged);
        rejectEmptyOptions(options, parsed);
        if (manual.several !== true) rejectFurtherWords(manual.name, options, parsed._);
        await run({ args: parsed });
      } catch (error) {
        if (!own.includes("--json")) throw error;
        process.exitCode = await reportFailure(error, "json");
      }
    },
  };
}

function describeOption([name, definition]: [string, ArgDef]): VerbOption {
  const { type = "string", description = "", required = false, valueHint = name } = definition;
  const negation =
    type === "boolean" && "negativeDescription" in definition ? definition.negativeDescription : undefined;
  return {
    name: negation === undefined ? name : `no-${name}`,
    alias: "alias" in definition && typeof definition.alias === "string" ? definition.alias : undefined,
    description: negation ?? description,
    type,
    value: type === "boolean" ? undefined : valueHint.toUpperCase(),
    values: "options" in definition ? (definition.options ?? []) : [],
    required,
  };
}

function parse<Options extends ArgsDef>(verb: string, args: Options, words: readonly string[]): ParsedArgs<Options> {
  try {
    return parseArgs<Options>([...words], args);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "CLIError") throw error;
    throw new Failure("usage", Bun.stripANSI(error.message), { hint: `wpdaemon ${verb} --help explains it` });
  }
}

/** citty ignores options that it does not know. */
function rejectUnknownOptions(verb: string, options: readonly VerbOption[], words: readonly string[]): void {
  const known = options.flatMap(spell);
  for (const word of words) {
    const name = /^--[^=]*|^-[^-]/.exec(word)?.[0];
    if (name === undefined || known.includes(name)) continue;
    // A letter is near to every other.
    const near = name.startsWith("--") ? nearestWord(name, known) : undefined;
    throw new Failure("usage", `unknown option "${name}"`, {
      hint: near === undefined ? `wpdaemon ${verb} --help lists the options` : `did you mean "${near}"?`,
    });
  }
}

/** `--bundle` as the last word, or a variable of the shell that is empty: no option means anything so. */
function rejectEmptyOptions(options: readonly VerbOption[], parsed: Readonly<Record<string, unknown>>): void {
  const empty = options.find(({ name, type }) => type !== "positional" && parsed[name] === "");
  if (empty === undefined) return;
  const hint = `write --${empty.name} ${empty.value ?? "VALUE"}`;
  throw new Failure("usage", `--${empty.name} needs a value`, { hint });
}

/** `stop us-east` must not stop the daemon. */
function rejectFurtherWords(verb: string, options: readonly VerbOption[], words: readonly string[]): void {
  const further = words[options.filter(({ type }) => type === "positional").length];
  if (further === undefined) return;
  throw new Failure("usage", `${JSON.stringify(further)} is one word too many for "wpdaemon ${verb}"`, {
    hint: `wpdaemon ${verb} --help explains it`,
  });
}
