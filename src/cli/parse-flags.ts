import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import type { VerbOption } from "./manual.ts";

/** A flag of LinkSocks' command line, or of a wpdaemon that is called without a command. */
export interface Flag {
  /** Without dashes. */
  readonly name: string;
  readonly short?: string;
  /**
   * A `switch` is on or off, a `count` counts how often it is given, a `list` may be given several times; any other has one
   * value.
   */
  readonly kind?: "switch" | "count" | "list";
  /** What the value is, in capitals, for the help. */
  readonly value?: string;
  /** All that it may be. */
  readonly choices?: readonly string[];
  /** The default, as it would be typed. Without one, a text is empty and a switch is off. */
  readonly fallback?: string;
  /** The environment variable that it is read from where it is not given. */
  readonly variable?: string;
  /** For the help, without a full stop. */
  readonly meaning: string;
}

type Details = Pick<Flag, "variable" | "fallback" | "choices">;

/** A flag with a value. @param short empty for none. */
export function valueFlag<const Name extends string>(
  name: Name,
  short: string,
  value: string,
  meaning: string,
  details: Details & { readonly kind?: "list" } = {},
) {
  return { name, ...(short === "" ? {} : { short }), value, meaning, ...details } as const satisfies Flag;
}

/** A flag that is on or off, or counted. @param short empty for none. */
export function switchFlag<const Name extends string>(
  name: Name,
  short: string,
  meaning: string,
  details: Pick<Details, "variable"> & { readonly kind?: "count" } = {},
) {
  return { name, ...(short === "" ? {} : { short }), kind: "switch", meaning, ...details } as const satisfies Flag;
}

/** What a command line holds. */
export interface ParsedFlags {
  /** Every value that was given, in order, by the flag's name. A switch or count that stands alone gives `true`. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** Words that belong to no flag. */
  readonly further: readonly string[];
  readonly asksForHelp: boolean;
}

const HELP = { name: "help", short: "h", kind: "switch", meaning: "Explain this command" } as const satisfies Flag;

/**
 * Takes a command line apart as pflag, the library of LinkSocks, does: `--flag value`, `--flag=value`, `-p 1`, `-p1`,
 * `-p=1`, `-dd`, `-rf`; a value may begin with a dash; a switch takes one only behind `=`; `--` ends the flags. node:util's
 * parseArgs takes `-f=false` for five switches, and costs a long-running process 0.4 MB.
 * @param command how the command is called, for hints: `wpdaemon linksocks client`.
 * @param onUnknown is told of each flag that is unknown, which is then passed over; without it, that is an error.
 * @throws Failure `usage` for a flag that is unknown, or lacks its value.
 */
export function parseFlags(
  command: string,
  flags: readonly Flag[],
  words: readonly string[],
  onUnknown: (failure: Failure) => void = refuse,
): ParsedFlags {
  const known: readonly Flag[] = [...flags, HELP];
  const given = new Map<string, string[]>();
  const further: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      further.push(...rest);
      break;
    }
    if (word.startsWith("--")) takeLong(word);
    else if (word.startsWith("-") && word !== "-") takeCluster(word);
    else further.push(word);
  }
  const asksForHelp = given.has(HELP.name);
  given.delete(HELP.name);
  return { given, further, asksForHelp };

  function takeLong(word: string): void {
    const equals = word.indexOf("=");
    const spelling = equals === -1 ? word : word.slice(0, equals);
    const flag = known.find(({ name }) => `--${name}` === spelling);
    if (flag === undefined) onUnknown(unknown(command, spelling, known));
    else note(flag, spelling, equals === -1 ? undefined : word.slice(equals + 1));
  }

  /** Switches may stand before one flag with a value, which is all that follows its letter. */
  function takeCluster(word: string): void {
    for (let letters = word.slice(1); letters !== ""; ) {
      const [letter = ""] = letters;
      const flag = known.find(({ short }) => short === letter);
      if (flag === undefined) {
        onUnknown(unknown(command, `-${letter}`, known));
        return;
      }
      letters = letters.slice(letter.length);
      const isAssigned = letters.startsWith("=") && letters.length > 1;
      const inline = isAssigned ? letters.slice(1) : takesValue(flag) && letters !== "" ? letters : undefined;
      note(flag, `-${letter}`, inline);
      if (inline !== undefined) return;
    }
  }

  function note(flag: Flag, spelling: string, inline: string | undefined): void {
    const value = inline ?? (takesValue(flag) ? rest.shift() : "true");
    if (value === undefined) {
      throw new Failure("usage", `${spelling} needs a value`, { hint: `${spelling} ${flag.value ?? "VALUE"}` });
    }
    given.set(flag.name, [...(given.get(flag.name) ?? []), value]);
  }
}

function refuse(failure: Failure): never {
  throw failure;
}

function takesValue({ kind }: Flag): boolean {
  return kind === undefined || kind === "list";
}

function unknown(command: string, spelling: string, known: readonly Flag[]): Failure {
  // A letter is near to every other: only its other case is worth a word.
  const near = spelling.startsWith("--")
    ? nearestWord(
        spelling,
        known.map(({ name }) => `--${name}`),
      )
    : known
        .map(({ short = "" }) => `-${short}`)
        .find((candidate) => candidate.toLowerCase() === spelling.toLowerCase());
  return new Failure("usage", `unknown option "${spelling}"`, {
    hint: near === undefined ? `${command} --help lists the options` : `did you mean "${near}"?`,
  });
}

/** `Token (LINKSOCKS_TOKEN; anonymous)`: what a flag means, its variable, and its default. */
function describeFlag({ meaning, variable, fallback }: Flag): string {
  const sources = [variable, fallback].filter((source) => source !== undefined && source !== "");
  return sources.length === 0 ? meaning : `${meaning} (${sources.join("; ")})`;
}

/** A flag as completions and the manual show it. */
export function toVerbOption(flag: Flag): VerbOption {
  const { name, short, value, choices = [] } = flag;
  const type = choices.length > 0 ? "enum" : takesValue(flag) ? "string" : "boolean";
  return { name, alias: short, description: describeFlag(flag), type, value, values: choices, required: false };
}
