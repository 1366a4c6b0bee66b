import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { LINKSOCKS_VERBS } from "./linksocks/verbs.ts";
import { reportFailure, say } from "./output/report.ts";
import type { Verb } from "./verb.ts";
import { configAdd } from "./verbs/configs/add.ts";
import { configCheck } from "./verbs/configs/check.ts";
import { configImport } from "./verbs/configs/import.ts";
import { configList } from "./verbs/configs/list.ts";
import { configRemove } from "./verbs/configs/remove.ts";
import { doctor } from "./verbs/daemon/doctor.ts";
import { doctorClean } from "./verbs/daemon/doctor-clean.ts";
import { install } from "./verbs/daemon/install.ts";
import { restart } from "./verbs/daemon/restart.ts";
import { start } from "./verbs/daemon/start.ts";
import { status } from "./verbs/daemon/status.ts";
import { stop } from "./verbs/daemon/stop.ts";
import { uninstall } from "./verbs/daemon/uninstall.ts";
import { version } from "./verbs/daemon/version.ts";
import { events } from "./verbs/events/follow.ts";
import { eventsPublish } from "./verbs/events/publish.ts";
import { trader } from "./verbs/events/trader.ts";
import { down } from "./verbs/tunnels/down.ts";
import { list } from "./verbs/tunnels/list.ts";
import { logs } from "./verbs/tunnels/logs.ts";
import { run } from "./verbs/tunnels/run.ts";
import { up } from "./verbs/tunnels/up.ts";
import { wait } from "./verbs/tunnels/wait.ts";

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
    const { HELP } = await import("./output/help.ts");
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
