import { Failure } from "../platform/failure.ts";
import { parsePort } from "./arguments.ts";
import { type Flag, parseFlags } from "./parse-flags.ts";

/** What stands instead of a command, as the predecessors are called. */
export const FLAGS: readonly Flag[] = [
  { name: "daemon", short: "d", kind: "switch", meaning: "Serve in the foreground" },
  // Argus starts its own daemon with it.
  { name: "run-server-daemon", kind: "switch", meaning: "The same, as Argus writes it" },
  {
    name: "interactive",
    short: "i",
    kind: "switch",
    meaning: "Open the prompt, as without any argument on a terminal",
  },
  { name: "port", short: "p", value: "PORT", meaning: "The daemon's port (WPDAEMON_PORT; 23888)" },
  { name: "home", value: "FOLDER", meaning: "Folder of configs, logs and state (ARGUS_HOME; ~/.argus)" },
  { name: "version", short: "v", kind: "switch", meaning: "Print the version" },
];

/** What such a call asks for. */
export interface Request {
  /** `unsaid`: the prompt for a person, the daemon for what starts programs without one. */
  readonly mode: "daemon" | "prompt" | "unsaid" | "version" | "help";
  readonly port: number | undefined;
  readonly home: string | undefined;
  /** What a daemon passes over, as its predecessors do: they are started by units and scripts that nobody looks at. */
  readonly ignored: readonly string[];
}

/** @throws Failure `usage`; where a daemon is asked for, not for what is merely unknown. */
export function readFlags(words: readonly string[]): Request {
  const asked = words.map((word) => (word === "-V" ? "-v" : word));
  const faults: Failure[] = [];
  const { given, further, asksForHelp } = parseFlags("wpdaemon", FLAGS, asked, (fault) => void faults.push(fault));
  for (const word of further) {
    const hint = "the command comes first, and its options after it; wpdaemon --help lists them";
    faults.push(new Failure("usage", `${JSON.stringify(word)} stands after a flag`, { hint }));
  }
  const isDaemon = given.has("daemon") || given.has("run-server-daemon");
  const [fault] = faults;
  if (fault !== undefined && !isDaemon) throw fault;
  const port = given.get("port")?.at(-1);
  return {
    mode: findMode(),
    port: port === undefined ? undefined : parsePort("-p", port),
    home: given.get("home")?.at(-1),
    ignored: faults.map(({ message }) => message),
  };

  function findMode(): Request["mode"] {
    if (asksForHelp) return "help";
    if (given.has("version")) return "version";
    if (isDaemon) return "daemon";
    return given.has("interactive") ? "prompt" : "unsaid";
  }
}
