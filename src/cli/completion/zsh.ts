import { spell, type VerbOption } from "../manual.ts";
import {
  type Command,
  type Offer,
  offerFor,
  positionalOf,
  secondWordsAfter,
  takesValue,
  type Vocabulary,
} from "./vocabulary.ts";

/** Completion for zsh; the file's name must be `_wpdaemon`. */
export function zshCompletion(vocabulary: Vocabulary): string {
  const { commands, firstWords, withoutCommand } = vocabulary;
  return `#compdef wpdaemon

# Completion of wpdaemon for zsh.

_wpdaemon_tunnels() {
  local -a names
  names=("\${ARGUS_HOME:-$HOME/.argus}"/wireproxy_confs/*.conf(N:t:r))
  _wanted tunnels expl tunnel compadd -a "$@" - names
}

_wpdaemon_logs() {
  _alternative 'logs:log:(audit daemon)' 'tunnels:tunnel:_wpdaemon_tunnels'
}

_wpdaemon() {
  local curcontext=$curcontext state line expl verb=$words[2]
  local -A opt_args
  local -a verbs
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    verbs=(
${[...firstWords]
  .map(describeWord)
  .map((word) => `      ${word}`)
  .join("\n")}
    )
    _describe -t commands command verbs
    return
  fi
  if (( CURRENT == 3 )); then
    case $verb in
${familyCases(vocabulary).join("\n")}
    esac
  elif [[ " ${commands
    .filter(({ name }) => name.includes(" "))
    .map(({ name }) => name.replace(" ", ":"))
    .join(" ")} " == *" $words[2]:$words[3] "* ]]; then
    verb="$words[2] $words[3]"
    shift words
    (( CURRENT-- ))
  fi
  if [[ $verb == -* || CURRENT -eq 2 ]]; then verb=""; else
    shift words
    (( CURRENT-- ))
  fi

  case $verb in
${[...commands, withoutCommand].map(describeCase).join("\n")}
  esac
}

_wpdaemon "$@"
`;
}

function describeWord([word, meaning]: readonly [string, string]): string {
  return quote(`${word}:${escapeColons(meaning)}`);
}

/** The second words of commands that have two, and the options of the first where it is a command as well. */
function familyCases({ commands, firstWords }: Vocabulary): readonly string[] {
  return [...firstWords.keys()].flatMap((first) => {
    const words = secondWordsAfter(first, commands).map(describeWord);
    if (words.length === 0) return [];
    const isCommand = commands.some(({ name }) => name === first);
    return [
      `      ${first})`,
      `        verbs=(${words.join(" ")})`,
      `        ${isCommand ? "[[ $PREFIX == -* ]] || " : ""}_describe -t commands command verbs`,
      `        ${isCommand ? "[[ $PREFIX == -* ]] || " : ""}return ;;`,
    ];
  });
}

function describeCase(command: Command): string {
  const specs = command.options.flatMap((option) => describeOption(option));
  return [
    `    ${quote(command.name)}) _arguments -s -S \\`,
    [...specs, ...describePositional(command)].join(" \\\n"),
    "      ;;",
  ].join("\n");
}

/** Each spelling excludes the others. */
function describeOption(option: VerbOption): readonly string[] {
  const spellings = spell(option);
  return spellings.map((word) => {
    const assigned = takesValue(option) ? `${word}${word.startsWith("--") ? "=" : "+"}` : word;
    const value = takesValue(option) ? `:${option.name}:${offer(offerFor(option))}` : "";
    return `      ${quote(`(${spellings.join(" ")})${assigned}[${escapeBrackets(option.description)}]${value}`)}`;
  });
}

function describePositional(command: Command): readonly string[] {
  const positional = positionalOf(command);
  if (positional === undefined) return [];
  const { name } = positional;
  const offered = offerFor(positional);
  if (offered.source === "commands") {
    return [quote(`(-):${name}: _command_names -e`), quote(`*::${name}: _normal`)].map((spec) => `      ${spec}`);
  }
  return [`      ${quote(`${command.several ? "*" : ""}:${name}:${offer(offered)}`)}`];
}

function offer({ source, words }: Offer): string {
  if (source === "tunnels" && words.length > 0) return "_wpdaemon_logs";
  return words.length > 0 ? `(${words.join(" ")})` : OFFERS[source];
}

const OFFERS: Readonly<Record<Offer["source"], string>> = {
  tunnels: "_wpdaemon_tunnels",
  files: "_files",
  folders: "_files -/",
  users: "_users",
  commands: "_command_names -e",
  nothing: " ",
};

function escapeBrackets(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function escapeColons(text: string): string {
  return text.replace(/[:\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
