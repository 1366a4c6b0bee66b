import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import { configAdd } from "./config-add.ts";
import { configCheck } from "./config-check.ts";
import { configImport } from "./config-import.ts";
import { configList } from "./config-list.ts";
import { configRemove } from "./config-remove.ts";
import { down } from "./down.ts";
import { say } from "./report.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

const VERBS = [up, down, status, configAdd, configImport, configList, configCheck, configRemove];

/**
 * Runs `wpdaemon VERB …`.
 * @param words the arguments, the verb first.
 * @throws Failure `usage`, and what the verb throws.
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const verb = VERBS.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
  if (verb === undefined) return await answerUnknown(words);
  const rest = words.slice(verb.name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) return say(colourless(await verb.usage()));
  await verb.run(rest);
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
    VERBS.map(({ name }) => name),
  );
  throw new Failure("usage", `unknown command "${typed}"`, {
    hint: near === undefined ? "wpdaemon --help lists the commands" : `did you mean "wpdaemon ${near}"?`,
  });
}

/** citty colours its usage wherever it goes. */
function colourless(text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? text : Bun.stripANSI(text);
}
