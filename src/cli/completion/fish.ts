import { spell, type VerbOption } from "../manual.ts";
import { type Command, type Offer, offerFor, positionalOf, takesValue, type Vocabulary } from "./vocabulary.ts";

/** Completion for fish 3 and later. */
export function fishCompletion(vocabulary: Vocabulary): string {
  const { commands, firstWords, flags } = vocabulary;
  return `# Completion of wpdaemon for fish.

function __wpdaemon_tunnels
    set -l home $HOME/.argus
    test -n "$ARGUS_HOME"; and set home $ARGUS_HOME
    for file in $home/wireproxy_confs/*.conf
        string replace -r '.*/(.*)\\.conf$' '$1' -- $file
    end
end

# Prints the command that the words before the cursor name; nothing where there is none yet.
function __wpdaemon_verb
    set -l words (commandline -opc)
    set -e words[1]
    for verb in ${longestFirst(vocabulary).map(quote).join(" ")}
        if string match -q -- "$verb *" "$words "
            echo $verb
            return
        end
    end
end

function __wpdaemon_is
    test "$(__wpdaemon_verb)" = "$argv"
end

# Whether exactly these words stand before the cursor.
function __wpdaemon_follows
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

# Prints the command line that \`run\` is to run; fails before it has begun.
function __wpdaemon_program
    set -l words (commandline -opc)
    set -e words[1..2]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                string escape -- $words
                return 0
            case ${valuedOptionsOf("run", vocabulary).join(" ")}
                set -e words[1]
            case '-*'
            case '*'
                string escape -- $words
                return 0
        end
        set -e words[1]
    end
    return 1
end

# Completes that command line as it does by itself. All commands of the machine are no help to who has yet to name the tunnel.
function __wpdaemon_complete_program
    set -l program (__wpdaemon_program)
    if test $status -eq 0
        complete -C (string trim -l -- "$program $(commandline -ct)")
    else if string match -qr '^[^-]' -- (commandline -ct)
        complete -C (commandline -ct)
    end
end

complete -c wpdaemon -f
${flags.map((flag) => completeOption("__wpdaemon_is", flag)).join("\n")}
${[...firstWords].map(completeFirstWord).join("\n")}
${commands.flatMap(completeCommand).join("\n")}
`;
}

/** The names of all commands: `doctor clean` must be looked for before `doctor`. */
function longestFirst({ commands }: Vocabulary): readonly string[] {
  return commands.map(({ name }) => name).sort((one, other) => other.length - one.length);
}

function completeFirstWord([first, meaning]: readonly [string, string]): string {
  return `complete -c wpdaemon -n __wpdaemon_follows -a ${first} -d ${quote(meaning)}`;
}

function completeCommand(command: Command): readonly string[] {
  const { name, summary, options } = command;
  const [first = "", second] = name.split(" ");
  const isHere = name === "run" ? "__wpdaemon_is run; and not __wpdaemon_program >/dev/null" : `__wpdaemon_is ${name}`;
  return [
    ...(second === undefined
      ? []
      : [`complete -c wpdaemon -n '__wpdaemon_follows ${first}' -a ${second} -d ${quote(summary)}`]),
    ...options.filter(({ type }) => type !== "positional").map((option) => completeOption(isHere, option)),
    ...completePositional(command),
  ];
}

function completeOption(condition: string, option: VerbOption): string {
  const { name, alias, description } = option;
  const short = alias === undefined ? "" : ` -s ${alias}`;
  const value = takesValue(option) ? ` ${offerValue(offerFor(option))}` : "";
  return `complete -c wpdaemon -n ${quote(condition)}${short} -l ${name}${value} -d ${quote(description)}`;
}

function completePositional(command: Command): readonly string[] {
  const positional = positionalOf(command);
  if (positional === undefined) return [];
  const offered = offerFor(positional);
  if (offered.source === "nothing") return [];
  return [`complete -c wpdaemon -n ${quote(`__wpdaemon_is ${command.name}`)} ${offer(offered)}`];
}

function valuedOptionsOf(verb: string, { commands }: Vocabulary): readonly string[] {
  return commands
    .filter(({ name }) => name === verb)
    .flatMap(({ options }) => options.filter(takesValue).flatMap(spell));
}

function offerValue(offered: Offer): string {
  return `${offered.source === "files" ? "-r" : "-x"} ${offer(offered)}`.trimEnd();
}

function offer({ source, words }: Offer): string {
  if (words.length === 0) return OFFERS[source];
  return `-a ${quote(source === "tunnels" ? `${words.join(" ")} (__wpdaemon_tunnels)` : words.join(" "))}`;
}

const OFFERS: Readonly<Record<Offer["source"], string>> = {
  tunnels: "-a '(__wpdaemon_tunnels)'",
  files: "-F",
  folders: "-a '(__fish_complete_directories (commandline -ct))'",
  users: "-a '(__fish_complete_users)'",
  commands: "-a '(__wpdaemon_complete_program)'",
  nothing: "",
};

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
