import { spell } from "../manual.ts";
import {
  type Command,
  type Offer,
  offerFor,
  positionalOf,
  secondWordsAfter,
  takesValue,
  type Vocabulary,
} from "./vocabulary.ts";

/** Completion for bash 3.2, which macOS still has, and later; it needs no package beside bash. */
export function bashCompletion(vocabulary: Vocabulary): string {
  const { commands, firstWords, flags, withoutCommand } = vocabulary;
  return `# Completion of wpdaemon for bash.

# Offers those of its arguments that begin with what is typed.
_wpdaemon_offer() {
  local word
  for word; do
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done
}

_wpdaemon_tunnels() {
  local file
  for file in "\${ARGUS_HOME:-$HOME/.argus}"/wireproxy_confs/*.conf; do
    if [[ ! -e $file ]]; then continue; fi
    file=\${file##*/}
    _wpdaemon_offer "$(printf %q "\${file%.conf}")"
  done
}

# Offers what compgen gives for these options.
_wpdaemon_generate() {
  local word
  if [[ $1 != -u ]]; then compopt -o filenames 2>/dev/null; fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@" -- "$current")
}

# The command that begins with the word of this number completes as it does by itself.
_wpdaemon_command() {
  if ((COMP_CWORD <= $1)); then _wpdaemon_generate -c
  elif declare -F _command_offset >/dev/null; then _command_offset "$1"
  else _wpdaemon_generate -f
  fi
}

_wpdaemon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local verb=\${COMP_WORDS[1]} index=2 places=0 options=() valued="" word
  COMPREPLY=()
  # To bash, the = of --home=FOLDER is a word.
  if [[ $current == "=" ]]; then current=""
  elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi

  if ((COMP_CWORD == 1)); then
    if [[ $current == -* ]]; then _wpdaemon_offer ${flags.flatMap(spell).join(" ")}
    else _wpdaemon_offer ${[...firstWords.keys()].join(" ")}
    fi
    return
  fi
  if ((COMP_CWORD == 2)); then
    case $verb in
${families(vocabulary).join("\n")}
    esac
  else
    case "$verb \${COMP_WORDS[2]}" in
      ${commands
        .filter(({ name }) => name.includes(" "))
        .map(({ name }) => quote(name))
        .join(" | ")}) verb="$verb \${COMP_WORDS[2]}" index=3 ;;
    esac
  fi
  if [[ $verb == -* ]]; then verb="" index=1; fi

  case $verb in
${[...commands, withoutCommand].map(optionsCase).join("\n")}
    *) return ;;
  esac

  while ((index < COMP_CWORD)); do
    word=\${COMP_WORDS[index]}
    index=$((index + 1))
    case $word in
      =) index=$((index + 1)) ;;
      --) if [[ $verb == run ]]; then _wpdaemon_command "$index"; return; fi ;;
      -*) if [[ " $valued " == *" $word "* && \${COMP_WORDS[index]} != "=" ]]; then index=$((index + 1)); fi ;;
      *) if [[ $verb == run ]]; then _wpdaemon_command "$((index - 1))"; return; fi
        places=$((places + 1)) ;;
    esac
  done

  case "$verb $previous" in
${[...commands, withoutCommand].flatMap(valueCases).join("\n")}
  esac
  if [[ $current != -* ]]; then
    case $verb in
${commands.flatMap(positionalCase).join("\n")}
    esac
  fi
  if ((\${#COMPREPLY[@]} == 0)); then _wpdaemon_offer "\${options[@]}"; fi
}

complete -F _wpdaemon wpdaemon
`;
}

/** The second words of commands that have two. */
function families({ commands, firstWords }: Vocabulary): readonly string[] {
  return [...firstWords.keys()].flatMap((first) => {
    const seconds = secondWordsAfter(first, commands).map(([second]) => second);
    return seconds.length === 0 ? [] : [`      ${first}) _wpdaemon_offer ${seconds.join(" ")} ;;`];
  });
}

function optionsCase({ name, options }: Pick<Command, "name" | "options">): string {
  const valued = options.filter(takesValue).flatMap(spell);
  return `    ${quote(name)}) options=(${options.flatMap(spell).join(" ")}) valued=${quote(valued.join(" "))} ;;`;
}

function valueCases({ name, options }: Pick<Command, "name" | "options">): readonly string[] {
  return options.filter(takesValue).map((option) => {
    const patterns = spell(option).map((word) => quote(`${name} ${word}`));
    return `    ${patterns.join(" | ")}) ${offer(offerFor(option))}return ;;`;
  });
}

function positionalCase(command: Command): readonly string[] {
  const positional = positionalOf(command);
  if (positional === undefined) return [];
  const { source, words } = offerFor(positional);
  const offered = offer({ source, words });
  if (offered === "") return [];
  // All commands of the machine are no help to somebody who has yet to name the tunnel.
  const condition = source === "commands" ? "[[ -n $current ]]" : "((places == 0))";
  const isBound = source === "commands" || !command.several;
  return [`      ${quote(command.name)}) ${isBound ? `if ${condition}; then ${offered}fi` : offered.trimEnd()} ;;`];
}

function offer({ source, words }: Offer): string {
  const listed = words.length === 0 ? "" : `_wpdaemon_offer ${words.join(" ")}; `;
  return `${listed}${OFFERS[source]}`;
}

const OFFERS: Readonly<Record<Offer["source"], string>> = {
  tunnels: "_wpdaemon_tunnels; ",
  files: "_wpdaemon_generate -f; ",
  folders: "_wpdaemon_generate -d; ",
  users: "_wpdaemon_generate -u; ",
  commands: "_wpdaemon_generate -c; ",
  nothing: "",
};

function quote(text: string): string {
  return `"${text}"`;
}
