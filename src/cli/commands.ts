import type { Environment } from "../platform/environment.ts";
import { Failure } from "../platform/failure.ts";
import { nearestWord } from "../platform/nearest-word.ts";
import type { Verb } from "./manual.ts";
import { explainAll, explainFamily, explainVerb } from "./output/help.ts";
import { say } from "./output/report.ts";

type LoadVerb = () => Promise<{ readonly verb: Verb }>;

/** Every command, under the heading that it has in the help. Only the one that is asked for is loaded. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, LoadVerb>>>> = {
  "The daemon": {
    start: () => import("./verbs/daemon/start.ts"),
    stop: () => import("./verbs/daemon/stop.ts"),
    restart: () => import("./verbs/daemon/restart.ts"),
    status: () => import("./verbs/daemon/status.ts"),
    install: () => import("./verbs/daemon/install.ts"),
    uninstall: () => import("./verbs/daemon/uninstall.ts"),
    doctor: () => import("./verbs/daemon/doctor.ts"),
    "doctor clean": () => import("./verbs/daemon/doctor-clean.ts"),
    version: () => import("./verbs/daemon/version.ts"),
    completion: loadCompletion,
  },
  Tunnels: {
    list: () => import("./verbs/tunnels/list.ts"),
    up: () => import("./verbs/tunnels/up.ts"),
    down: () => import("./verbs/tunnels/down.ts"),
    wait: () => import("./verbs/tunnels/wait.ts"),
    run: () => import("./verbs/tunnels/run.ts"),
    env: () => import("./verbs/tunnels/env.ts"),
    ping: () => import("./verbs/tunnels/ping.ts"),
    logs: () => import("./verbs/tunnels/logs.ts"),
  },
  "Endpoints: names that lead through a tunnel, or to ngrok": {
    endpoints: () => import("./verbs/endpoints/endpoints.ts"),
    "endpoints list": () => import("./verbs/endpoints/list.ts"),
    "endpoints status": () => import("./verbs/endpoints/status.ts"),
    "endpoints health": () => import("./verbs/endpoints/health.ts"),
    "endpoints check": () => import("./verbs/endpoints/check.ts"),
    "endpoints set-api-key": () => import("./verbs/endpoints/set-api-key.ts"),
    "endpoints cleanup": () => import("./verbs/endpoints/cleanup.ts"),
    ngrokd: () => import("./verbs/endpoints/ngrokd.ts"),
  },
  Events: {
    events: () => import("./verbs/events/follow.ts"),
    "events publish": () => import("./verbs/events/publish.ts"),
    "events types": () => import("./verbs/events/types.ts"),
    trader: () => import("./verbs/events/trader.ts"),
  },
  Configs: {
    "config add": () => import("./verbs/configs/add.ts"),
    "config import": () => import("./verbs/configs/import.ts"),
    "config edit": () => import("./verbs/configs/edit.ts"),
    "config set": () => import("./verbs/configs/set.ts"),
    "config list": () => import("./verbs/configs/list.ts"),
    "config check": () => import("./verbs/configs/check.ts"),
    "config remove": () => import("./verbs/configs/remove.ts"),
    "settings check": () => import("./verbs/daemon/settings-check.ts"),
  },
  "LinkSocks, whose command lines work with wpdaemon before them": {
    "linksocks server": loadRole("server"),
    "linksocks client": loadRole("client"),
    "linksocks provider": loadRole("provider"),
    "linksocks connector": loadRole("connector"),
    "linksocks version": loadRole("version"),
  },
};

const LOADERS = new Map(Object.values(GROUPS).flatMap((verbs) => Object.entries(verbs)));

/** The names of all commands. */
export const NAMES: readonly string[] = [...LOADERS.keys()];

/** Every command, by the heading that it has in the help. */
export async function loadGroups(): Promise<ReadonlyMap<string, readonly Verb[]>> {
  const groups = Object.entries(GROUPS).map(
    async ([title, verbs]) => [title, await Promise.all(Object.values(verbs).map(load))] as const,
  );
  return new Map(await Promise.all(groups));
}

function loadRole(role: "server" | "client" | "provider" | "connector" | "version"): LoadVerb {
  return async () => ({ verb: (await import("./linksocks/roles.ts")).ROLES[role] });
}

/** It is made from all the others. */
async function loadCompletion(): Promise<{ readonly verb: Verb }> {
  const { defineCompletion } = await import("./verbs/daemon/completion.ts");
  return { verb: defineCompletion(async () => [...(await loadGroups()).values()].flat()) };
}

async function load(loadVerb: LoadVerb): Promise<Verb> {
  return (await loadVerb()).verb;
}

/**
 * Runs `wpdaemon COMMAND …`.
 * @param words the arguments, the command first.
 * @throws Failure `usage`, and what the command throws.
 */
export async function runCommandLine(words: readonly string[], environment = process.env): Promise<void> {
  const [first = "", ...others] = writeOut(words);
  if (first === "help") return await explain(writeOut(others));
  const asked = first === "linksocks" ? [first, ...insertMode(others, environment)] : [first, ...others];
  const [name, loadVerb] = find(asked);
  if (loadVerb !== undefined) return await (await load(loadVerb)).run(asked.slice(name.split(" ").length));
  const isFamily = familyOf(first).length > 0;
  const [second = "--help"] = others;
  if (isFamily && (second === "help" || asked.includes("--help") || asked.includes("-h")))
    return await explain([first]);
  throw rejectUnknown(asked);
}

/** `ls` and `ps`, as people are used to them, and `ls` as the second word of a family too. */
function writeOut(words: readonly string[]): readonly string[] {
  const [first = "", second = "", ...others] = words;
  const alias = ALIASES.get(first);
  if (alias !== undefined) return [alias, ...words.slice(1)];
  return second === "ls" && NAMES.includes(`${first} list`) ? [first, "list", ...others] : words;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["ls", "list"],
  ["ps", "status"],
]);

/**
 * Puts the role that `LINKSOCKS_MODE` names before a command line that begins with none. Any other value is ignored, as
 * LinkSocks does.
 * @param words what follows `wpdaemon linksocks`.
 */
export function insertMode(words: readonly string[], environment: Environment): readonly string[] {
  const [first = "-"] = words;
  const role = ROLES_BY_MODE.get(environment.LINKSOCKS_MODE?.trim().toLowerCase() ?? "");
  return first.startsWith("-") && role !== undefined ? [role, ...words] : words;
}

const ROLES_BY_MODE = new Map([
  ["client", "client"],
  ["forward", "client"],
  ["connector", "connector"],
  ["provider", "provider"],
  ["reverse", "provider"],
  ["server", "server"],
]);

/** The command that a line begins with; the longest of several. */
function find(words: readonly string[]): readonly [name: string, loadVerb: LoadVerb | undefined] {
  const [first = "", second = ""] = words;
  const both = `${first} ${second}`;
  if (LOADERS.has(both)) return [both, LOADERS.get(both)];
  // `events publsh` is no `events`.
  const isMistyped = familyOf(first).length > 0 && second !== "" && !second.startsWith("-");
  return [first, isMistyped ? undefined : LOADERS.get(first)];
}

/** The commands of two words that begin with this one. */
function familyOf(first: string): readonly string[] {
  return NAMES.filter((name) => name.startsWith(`${first} `));
}

/** `wpdaemon help …` */
async function explain(words: readonly string[]): Promise<void> {
  const [first = ""] = words;
  if (words.length === 0) return say(explainAll(await loadGroups()));
  const [, loadVerb] = find(words);
  if (loadVerb !== undefined) return say(explainVerb(await load(loadVerb)));
  const family = familyOf(first);
  if (family.length === 0 || words.length > 1) throw rejectUnknown(words);
  const verbs = await Promise.all(family.flatMap((name) => LOADERS.get(name) ?? []).map(load));
  const notes = first === "linksocks" ? (await import("./linksocks/roles.ts")).NOTES : undefined;
  say(explainFamily(first, verbs, notes));
}

function rejectUnknown(words: readonly string[]): Failure {
  const [first = "", second = ""] = words;
  const family = familyOf(first);
  if (family.length > 0 && (second === "" || second.startsWith("-"))) {
    const mode = first === "linksocks" ? "; or set LINKSOCKS_MODE" : "";
    return new Failure("usage", `"wpdaemon ${first}" is not complete`, {
      hint: `one of: ${family.map((name) => name.slice(first.length + 1)).join(", ")}${mode}`,
    });
  }
  const typed = family.length > 0 ? `${first} ${second}` : first;
  const known = family.length > 0 ? family : [...new Set(NAMES.map((name) => name.split(" ", 1)[0] ?? name))];
  const [only, ...others] = known.filter((name) => name.startsWith(typed));
  const near = others.length === 0 && only !== undefined ? only : nearestWord(typed, known);
  return new Failure("usage", `unknown command "${typed}"`, {
    hint:
      near === undefined
        ? `wpdaemon ${family.length > 0 ? `${first} ` : ""}--help lists the commands`
        : `did you mean "wpdaemon ${near}"?`,
  });
}
