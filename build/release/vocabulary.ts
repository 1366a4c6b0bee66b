import { VERBS } from "../../src/cli/commands.ts";
import type { Verb, VerbOption } from "../../src/cli/verb.ts";

/** A command as the completions and the manual tell of it. */
export type Command = Pick<Verb, "name" | "description" | "example" | "several" | "options">;

/** What a shell offers where a value is to be typed. */
export interface Offer {
  readonly source: "tunnels" | "files" | "folders" | "users" | "commands" | "nothing";
  /** Offered as well. */
  readonly words: readonly string[];
}

const HELP = describeFlag("help", "h", "Explain this command");

/** Every command, in the order in which they are to be recognized. */
export const COMMANDS: readonly Command[] = VERBS.map((verb) => ({ ...verb, options: [...verb.options, HELP] }));

/** What stands before, or instead of, a command. */
export const FLAGS: readonly VerbOption[] = [
  describeFlag("daemon", "d", "Serve in the foreground"),
  describeFlag("run-server-daemon", undefined, "The same, as Argus writes it"),
  describeFlag("interactive", "i", "Open the prompt, as without any argument"),
  { ...describeFlag("port", "p", "The daemon's port (WPDAEMON_PORT; 23888)"), type: "string" },
  { ...describeFlag("home", undefined, "Folder of configs, logs and state (ARGUS_HOME; ~/.argus)"), type: "string" },
  describeFlag("version", "v", "Print the version"),
  describeFlag("help", "h", "Print the commands and flags"),
];

/** The ways to write an option, the short one first; none for a positional argument. */
export function spell({ type, name, alias }: VerbOption): readonly string[] {
  if (type === "positional") return [];
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`];
}

export function takesValue({ type }: VerbOption): boolean {
  return type === "string" || type === "enum";
}

/** The positional argument of a command; none has two. */
export function positionalOf({ options }: Command): VerbOption | undefined {
  return options.find(({ type }) => type === "positional");
}

/** @param verb the command that the option belongs to; empty for a flag. */
export function offerFor(verb: string, { name, values }: VerbOption): Offer {
  const source = SOURCES[`${verb} ${name}`] ?? SOURCES[name] ?? "nothing";
  return { source, words: verb === "logs" && name === "name" ? ["audit", "daemon"] : values };
}

/** By option, or by command and option where they differ. */
const SOURCES: Readonly<Record<string, Offer["source"]>> = {
  name: "tunnels",
  "config add name": "nothing",
  "config import name": "nothing",
  via: "tunnels",
  file: "files",
  "token-file": "files",
  ca: "files",
  "tls-cert": "files",
  "tls-key": "files",
  path: "files",
  bundle: "files",
  home: "folders",
  user: "users",
  command: "commands",
};

function describeFlag(name: string, alias: string | undefined, description: string): VerbOption {
  return { name, alias, description, type: "boolean", values: [], required: false };
}
