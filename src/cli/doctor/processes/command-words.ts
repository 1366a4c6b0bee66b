import { basename, isAbsolute, resolve } from "node:path";
import type { RunningProcess } from "../../../platform/process/process-list.ts";

// Names are only a hint, and only whole arguments count: a text that merely holds such words (an editor's file, a shell's
// -c, a search) is never taken for the program itself.

/** Whether it is one of `programs` (paths), or a program of the name `name`. */
export function isProgramNamed(
  { words, identity }: RunningProcess,
  name: string,
  programs: readonly string[] = [],
): boolean {
  const candidates = [identity?.executable, words[0]].filter((path) => path !== undefined);
  return candidates.some((path) => basename(path) === name || programs.includes(path));
}

/** The config that `-c FILE` names, where its path is absolute. */
export function findConfigWord(words: readonly string[]): string | undefined {
  return findPath(words, ["-c", "--config"]);
}

/** The folder that `--home FOLDER` names, where its path is absolute. */
export function findHomeWord(words: readonly string[]): string | undefined {
  return findPath(words, ["--home"]);
}

/**
 * Whether it is a wpdaemon that serves.
 * @param entry our main file, where Bun runs us from our sources.
 */
export function isDaemonCommand(process: RunningProcess, entry: string): boolean {
  const options = findOwnArguments(process, entry);
  return options?.[0]?.startsWith("-") === true && options.some((word) => DAEMON_OPTIONS.includes(word));
}

/** Whether it was only started to print its version. */
export function isVersionCheck(process: RunningProcess, entry: string, programs: readonly string[]): boolean {
  const own = isProgramNamed(process, "wireproxy", programs)
    ? process.words.slice(1)
    : findOwnArguments(process, entry);
  return own?.length === 1 && (own[0] === "-v" || own[0] === "--version");
}

const DAEMON_OPTIONS: readonly string[] = ["-d", "--daemon", "--run-server-daemon"];

/** What follows the program's name where it is a wpdaemon. */
function findOwnArguments(process: RunningProcess, entry: string): readonly string[] | undefined {
  if (isProgramNamed(process, "wpdaemon")) return process.words.slice(1);
  return isProgramNamed(process, "bun") && process.words[1] === entry ? process.words.slice(2) : undefined;
}

function findPath(words: readonly string[], names: readonly string[]): string | undefined {
  const index = words.findIndex((word) => names.includes(word.split("=", 1)[0] ?? ""));
  const word = words[index];
  if (word === undefined || index === 0) return undefined;
  const path = word.includes("=") ? word.slice(word.indexOf("=") + 1) : words[index + 1];
  return path !== undefined && isAbsolute(path) ? resolve(path) : undefined;
}
