import packageJson from "../../package.json" with { type: "json" };
import { type Command, takesValue } from "../../src/cli/completion/vocabulary.ts";
import { spell, type VerbOption } from "../../src/cli/manual.ts";
import { describeCall } from "../../src/cli/output/help.ts";
import { EXIT } from "../../src/platform/exit-codes.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { VOCABULARY } from "./vocabulary.ts";

/** wpdaemon.1 in the macros of man(7), made from the command line's own definitions; it bears no date. */
export function manPage(): string {
  const paths = pathsBelow("~/.argus");
  return `${[
    `.TH WPDAEMON 1 "" "wpdaemon ${packageJson.version}" "User Commands"`,
    ".SH NAME",
    `wpdaemon \\- ${text("give the programs on this machine their ways out through WireGuard")}`,
    ".SH SYNOPSIS",
    ".B wpdaemon",
    "\\fICOMMAND\\fR [\\fIOPTIONS\\fR]",
    ".PP",
    ".B wpdaemon \\-\\-daemon",
    "[\\fB\\-p\\fR \\fIPORT\\fR] [\\fB\\-\\-home\\fR \\fIFOLDER\\fR]",
    ".PP",
    ".B wpdaemon",
    ".SH DESCRIPTION",
    text(
      "wpdaemon is a daemon that brings WireGuard tunnels up, keeps them open, and answers truthfully about them. A tunnel is a SOCKS5 address on this machine whose traffic leaves elsewhere; each is a config that a wireproxy process of its own runs. Clients of WpDaemon and of Argus' Python daemon find it on 127.0.0.1:23888 and need no change.",
    ),
    ".PP",
    text("Without any argument, wpdaemon opens an interactive prompt."),
    ".SH COMMANDS",
    ...VOCABULARY.commands.flatMap(describeCommand),
    ".SH FLAGS",
    ...VOCABULARY.flags.flatMap(describeOption),
    ".SH FILES",
    ...describe("~/.argus", "Everything lies below it; ARGUS_HOME or --home moves it."),
    ...describe(`${paths.configs}/NAME.conf`, "One tunnel each."),
    ...describe(paths.program, "The wireproxy that wpdaemon has installed."),
    ...describe(`${paths.logs}/TIME_NAME.log`, "The log of one run of a tunnel."),
    ...describe(paths.auditLog, "Every request, transition and error."),
    ...describe(paths.settings, "Settings, optional."),
    ...describe(paths.state, "The running tunnels, for the next daemon to take over."),
    ...describe(paths.control, "Socket by which the commands reach the daemon."),
    ...describe(paths.log, "What a daemon in the background has to say."),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, meaning]) => describe(name, meaning)),
    ".PP",
    text("The command of run finds in its environment:"),
    ...PROGRAM_ENVIRONMENT.flatMap(([name, meaning]) => describe(name, meaning)),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, meaning]) => describe(String(code), meaning)),
    ".PP",
    text(
      "The command run passes on the exit status of its own command, and 128 and the signal's number after a signal.",
    ),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(({ task, lines }, index) => [...(index === 0 ? [] : [".PP"]), ...example(task, lines)]),
  ].join("\n")}\n`;
}

const EXIT_STATUS: readonly (readonly [number, string])[] = [
  [EXIT.done, "Done."],
  [EXIT.failed, "Refused or failed."],
  [EXIT.usage, "Called wrongly, or the settings are invalid."],
  [EXIT.noDaemon, "No daemon runs."],
  [EXIT.stateCorrupt, "The daemon's state file is corrupt."],
  [EXIT.permissionDenied, "Permission denied."],
  [EXIT.fault, "The daemon met a fault of its own; its tunnels go on, and the next daemon takes them over."],
  [EXIT.notStarted, "The daemon could not start."],
  [EXIT.lockHeld, "Another daemon has the folder."],
  [EXIT.notExecutable, "The command of run cannot be executed."],
  [EXIT.notFound, "There is no command of that name for run."],
];

function describeCommand(command: Command): readonly string[] {
  const { summary, details, examples = [], options } = command;
  const isPositional = ({ type }: VerbOption) => type === "positional";
  return [
    `.SS ${quote(`wpdaemon ${describeCall(command)}`)}`,
    text(details === undefined ? `${summary}.` : `${summary}. ${details}`),
    ...options.filter(isPositional).flatMap(({ name, description, values }) => {
      const choices = values.length === 0 ? "" : `: ${values.join(", ")}`;
      return describe(name.toUpperCase(), `${description}${choices}.`);
    }),
    ...options.filter((option) => !isPositional(option)).flatMap(describeOption),
    ...(examples.length === 0 ? [] : [".PP", ...literal(examples)]),
  ];
}

function describeOption(option: VerbOption): readonly string[] {
  const value = takesValue(option) ? ` \\fI${text(option.value ?? "")}\\fR` : "";
  const values = option.values.length === 0 ? "" : `: ${option.values.join(", ")}`;
  const mark = option.required ? "; required" : "";
  const spellings = spell(option).map((word) => `\\fB${text(word)}\\fR`);
  return [".TP", `${spellings.join(", ")}${value}`, text(`${option.description}${values}${mark}.`)];
}

function describe(name: string, meaning: string): readonly string[] {
  return [".TP", `.B ${text(name)}`, text(meaning)];
}

function example(task: string, lines: readonly string[]): readonly string[] {
  return [text(`${task}:`), ".PP", ...literal(lines)];
}

function literal(lines: readonly string[]): readonly string[] {
  return [".RS 4", ".nf", ...lines.map(text), ".fi", ".RE"];
}

function quote(argument: string): string {
  return `"${text(argument).replaceAll('"', "\\(dq")}"`;
}

/** Words that stand for themselves: a bare hyphen would be typeset as one that a shell does not know. */
function text(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replaceAll("`", "\\(ga")
    .replace(
      /[^\p{ASCII}]/gu,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replace(/^\./, "\\&.");
}

/** What wpdaemon reads from its environment. */
const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["ARGUS_HOME", "Folder of configs, logs and state, instead of ~/.argus."],
  ["WPDAEMON_PORT", "The daemon's port, instead of 23888."],
  ["WPDAEMON_STREAM_PORT", "The event stream's port, instead of 8765."],
  ["WPDAEMON_WIREPROXY", "The wireproxy to run, as an absolute path."],
  ["WPDAEMON_MIRROR", "Address below which the archives of wireproxy lie, instead of its release page."],
  ["NO_COLOR", "Where it is set, nothing is coloured."],
];

/** What the command of `run` finds in its environment. */
const PROGRAM_ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["ALL_PROXY, HTTP_PROXY, HTTPS_PROXY", "The tunnel's proxy, in lower case as well."],
  ["NO_PROXY", "What is reached without the tunnel: this machine itself, and what was listed there before."],
  ["WIREPROXY_BIND_ADDRESS, WIREPROXY_BLIND_BIND", "The tunnel's SOCKS5 address, as Argus reads it."],
  ["WPDAEMON_TUNNEL", "The name of the tunnel's config."],
];

const EXAMPLES: readonly { readonly task: string; readonly lines: readonly string[] }[] = [
  {
    task: "A first tunnel, from the config that a provider gave you",
    lines: ["wpdaemon config import us-east.conf", "wpdaemon start", "wpdaemon up us-east"],
  },
  {
    task: "Run a program through it",
    lines: ["wpdaemon run --via us-east -- curl https://example.com"],
  },
  {
    task: "Go on with a new version; the tunnels stay up",
    lines: ["wpdaemon restart"],
  },
  {
    task: "Find out what is wrong, and write down what somebody needs to help you",
    lines: ["wpdaemon doctor --bundle wpdaemon.zip"],
  },
];
