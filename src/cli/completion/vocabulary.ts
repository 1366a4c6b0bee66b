import { FLAGS as CALL_FLAGS } from "../flags.ts";
import type { Verb, VerbOption } from "../manual.ts";
import { toVerbOption } from "../parse-flags.ts";

/** A command as the completions and the manual tell of it. */
export type Command = Omit<Verb, "run">;

/** What a shell offers where a value is to be typed. */
export interface Offer {
  readonly source: "tunnels" | "files" | "folders" | "users" | "commands" | "nothing";
  /** Offered as well. */
  readonly words: readonly string[];
}

const HELP = toVerbOption({ name: "help", short: "h", kind: "switch", meaning: "Explain this" });

export type Vocabulary = ReturnType<typeof createVocabulary>;

/** All that a command line may begin with. */
export function createVocabulary(verbs: readonly Command[]) {
  /** Every command, in the order of the help. */
  const commands: readonly Command[] = verbs.map((verb) => ({ ...verb, options: [...verb.options, HELP] }));
  /** What stands instead of a command. */
  const flags: readonly VerbOption[] = [...CALL_FLAGS.map(toVerbOption), HELP];
  /** The flags as if they belonged to a command without a name. */
  const withoutCommand: Command = { name: "", summary: "", options: flags };
  return { commands, flags, withoutCommand, firstWords: findFirstWords(commands) };
}

/** The first words of all commands, with what each does, or which words may follow it. */
function findFirstWords(commands: readonly Command[]): ReadonlyMap<string, string> {
  return new Map(
    commands.map(({ name }) => {
      const [first = ""] = name.split(" ");
      const own = commands.find((command) => command.name === first);
      const seconds = secondWordsAfter(first, commands).map(([second]) => second);
      return [first, own?.summary ?? seconds.join(", ")];
    }),
  );
}

/** The words that may follow a first one, with what they do. */
export function secondWordsAfter(
  first: string,
  commands: readonly Command[],
): readonly (readonly [second: string, summary: string])[] {
  return commands
    .filter(({ name }) => name.startsWith(`${first} `))
    .map(({ name, summary }) => [name.slice(first.length + 1), summary]);
}

export function takesValue({ type }: VerbOption): boolean {
  return type === "string" || type === "enum";
}

/** The first positional argument of a command, the one that shells complete. */
export function positionalOf({ options }: Command): VerbOption | undefined {
  return options.find(({ type }) => type === "positional");
}

export function offerFor({ value = "", values }: VerbOption): Offer {
  return OFFERS[value] ?? { source: "nothing", words: values };
}

/** The offers by the name of the value. */
const OFFERS: Readonly<Record<string, Offer>> = {
  TUNNEL: { source: "tunnels", words: [] },
  LOG: { source: "tunnels", words: ["audit", "daemon"] },
  FILE: { source: "files", words: [] },
  FOLDER: { source: "folders", words: [] },
  USER: { source: "users", words: [] },
  COMMAND: { source: "commands", words: [] },
};
