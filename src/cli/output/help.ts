import { VERSION } from "../../platform/process/self.ts";
import { FLAGS } from "../flags.ts";
import { type Manual, spell, type Verb, type VerbOption } from "../manual.ts";
import { toVerbOption } from "../parse-flags.ts";

// citty has a help of its own, which sets options flush right and breaks no line: it is 140 columns wide for `run`.

const WIDTH = 80;
/** Where the meaning of an option begins, and that of a command. */
const OPTION_COLUMN = 29;
const COMMAND_COLUMN = 23;

const HELP_OPTION: VerbOption = toVerbOption({ name: "help", short: "h", kind: "switch", meaning: "Explain this" });

/** What `wpdaemon COMMAND --help` shows. */
export function explainVerb({ options, ...manual }: Manual & Pick<Verb, "options">): string {
  const { summary, details, examples = [] } = manual;
  const others = [...options.filter((option) => !isPositional(option)), HELP_OPTION];
  return [
    `Usage: wpdaemon ${describeCall({ ...manual, options })}`,
    "",
    ...wrap(details === undefined ? `${summary}.` : `${summary}. ${details}`, 0),
    ...section(
      "Arguments",
      options
        .filter(isPositional)
        .flatMap((option) => entry(option.name.toUpperCase(), option.description, COMMAND_COLUMN)),
    ),
    ...section("Options", others.flatMap(describeOption)),
    ...section(
      examples.length === 1 ? "Example" : "Examples",
      examples.map((example) => `  ${example}`),
    ),
  ].join("\n");
}

/** `up [OPTIONS] NAME...`: how a command is called. */
export function describeCall({ name, several, options }: Manual & Pick<Verb, "options">): string {
  const [positionals, others] = [options.filter(isPositional), options.filter((option) => !isPositional(option))];
  const needed = others.filter(({ required }) => required).map((option) => `--${option.name} ${option.value}`);
  const words = positionals.map((option) => {
    const word = `${option.name.toUpperCase()}${several === true ? "..." : ""}`;
    return option.required ? word : `[${word}]`;
  });
  return [name, ...needed, "[OPTIONS]", ...words].join(" ");
}

function isPositional({ type }: VerbOption): boolean {
  return type === "positional";
}

/**
 * What `wpdaemon FAMILY --help` shows, such as that of `config`.
 * @param notes what else is to be said, as it is to stand there.
 */
export function explainFamily(family: string, manuals: readonly Manual[], notes?: string): string {
  return [
    `Usage: wpdaemon ${family} COMMAND [OPTIONS]     COMMAND --help explains it`,
    ...section("Commands", manuals.flatMap(describeCommand)),
    ...(notes === undefined ? [] : ["", notes]),
  ].join("\n");
}

/** What `wpdaemon --help` shows. @param groups the commands by the heading that they stand under. */
export function explainAll(groups: ReadonlyMap<string, readonly Manual[]>): string {
  return [
    `WpDaemon ${VERSION} (TypeScript) runs VPN tunnels as local proxies, keeps them up,`,
    "and reports their real state.",
    "",
    "Usage: wpdaemon COMMAND [OPTIONS]      wpdaemon COMMAND --help explains it",
    "       wpdaemon --daemon [-p PORT]     serve in the foreground",
    "       wpdaemon                        a prompt; without a terminal it serves",
    "       wpdaemon ls, wpdaemon ps        for list and status",
    ...section(
      "A first tunnel",
      ["config import us-east.conf", "start", "up us-east", "run --via us-east -- curl https://example.com"].map(
        (words) => `  wpdaemon ${words}`,
      ),
    ),
    ...[...groups].flatMap(([title, manuals]) => section(title, manuals.flatMap(describeCommand))),
    ...section("Flags", [...FLAGS.map(toVerbOption), HELP_OPTION].flatMap(describeOption)),
    "",
    ...wrap(
      'With --json a command prints one JSON document on stdout, and an error as {"ok":false,"error":{"code","message","hint"}} on stderr.',
      0,
    ),
    "",
    ...wrap(
      "Exit codes: 0 done, 1 refused or failed, 2 called wrongly or settings invalid, 3 no daemon runs, 4 its state file is corrupt, 5 permission denied. run passes on its command's own: 127 for none of that name, 126 for one that cannot be executed, 128 and the signal's number after a signal.",
      0,
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function describeCommand({ name, summary }: Manual): readonly string[] {
  return entry(name, summary, COMMAND_COLUMN);
}

function describeOption(option: VerbOption): readonly string[] {
  const { alias, value, values, description, required } = option;
  const spelling = `${alias === undefined ? "    " : ""}${spell(option).join(", ")}${value === undefined ? "" : ` ${value}`}`;
  const choices = values.length === 0 ? "" : `: ${values.join(", ")}`;
  return entry(spelling, `${description}${choices}${required ? "; required" : ""}`, OPTION_COLUMN);
}

/** A word and its meaning, which begins at a column; below the word where that is too long. */
function entry(word: string, meaning: string, column: number): readonly string[] {
  const [first = "", ...more] = wrap(meaning, column);
  const head = `  ${word}`;
  return head.length < column - 1 ? [head.padEnd(column) + first.trimStart(), ...more] : [head, first, ...more];
}

/** Breaks a text into lines that end before column 80 and begin at `column`. */
function wrap(text: string, column: number): readonly string[] {
  return Bun.wrapAnsi(text, WIDTH - column)
    .split("\n")
    .map((line) => " ".repeat(column) + line);
}
