import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { configAdd } from "./config-add.ts";
import { configCheck } from "./config-check.ts";
import { configImport } from "./config-import.ts";
import { configList } from "./config-list.ts";
import { configRemove } from "./config-remove.ts";
import { doctor } from "./doctor.ts";
import { doctorClean } from "./doctor-clean.ts";
import { down } from "./down.ts";
import { events } from "./events.ts";
import { eventsPublish } from "./events-publish.ts";
import { install } from "./install.ts";
import { LINKSOCKS_VERBS } from "./linksocks/verbs.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { reportFailure, say } from "./report.ts";
import { restart } from "./restart.ts";
import { run } from "./run.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { trader } from "./trader.ts";
import { uninstall } from "./uninstall.ts";
import { up } from "./up.ts";
import type { Verb } from "./verb.ts";
import { version } from "./version.ts";
import { wait } from "./wait.ts";

/** Every command. One whose name begins with another's stands before it. */
export const VERBS: readonly Verb[] = [
  start,
  stop,
  restart,
  status,
  list,
  up,
  down,
  run,
  wait,
  logs,
  eventsPublish,
  events,
  trader,
  configAdd,
  configImport,
  configList,
  configCheck,
  configRemove,
  install,
  uninstall,
  doctorClean,
  doctor,
  ...LINKSOCKS_VERBS,
  version,
];

/**
 * Runs `wpdaemon VERB …`.
 * @param words the arguments, the verb first.
 * @throws Failure `usage`, and what the verb throws; with `--json` it is told here, and the exit code set.
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const verb = VERBS.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
  if (verb === undefined) return await answerUnknown(words);
  const rest = verb.arrange(words.slice(verb.name.split(" ").length));
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) return say(colourless(await verb.usage()));
  try {
    await verb.run(rest);
  } catch (error) {
    if (!own.includes("--json")) throw error;
    process.exitCode = reportFailure(error, "json");
  }
}

async function answerUnknown(words: readonly string[]): Promise<void> {
  if (words[0] === "help" || words.includes("--help") || words.includes("-h")) {
    const { HELP } = await import("./help.ts");
    return say(HELP);
  }
  const family = VERBS.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name);
  if (words.length === 1 && family.length > 0) {
    throw new Failure("usage", `"wpdaemon ${words[0]}" is not complete`, { hint: `one of: ${family.join(", ")}` });
  }
  const typed = words.slice(0, words[0] === "config" ? 2 : 1).join(" ");
  const near = nearestWord(
    typed,
    VERBS.flatMap(({ name }) => [name, name.split(" ", 1)[0] ?? name]),
  );
  throw new Failure("usage", `unknown command "${typed}"`, {
    hint: near === undefined ? "wpdaemon --help lists the commands" : `did you mean "wpdaemon ${near}"?`,
  });
}

/** citty colours its usage wherever it goes. */
function colourless(text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? text : Bun.stripANSI(text);
}
