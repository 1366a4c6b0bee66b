import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import { whyNotTrusted } from "../../../platform/files/trust.ts";
import { findMisfit } from "./fitness.ts";
import type { Machine } from "./release.ts";

export interface WhereToLook {
  /** `wireproxy.path` of config.yaml. */
  readonly configured?: string | undefined;
  /** The value of `WPDAEMON_WIREPROXY`; an empty one counts as none. */
  readonly environment?: string | undefined;
  /** Where Argus and we install it: `program` of the Paths. */
  readonly installed: string;
  /** The value of `PATH`. */
  readonly searchPath?: string | undefined;
  /** By default this one. */
  readonly machine?: Machine | undefined;
}

/**
 * The path of the wireproxy to run: the one that the user names (the environment beats the file), else the installed one,
 * else the one on PATH; undefined where there is none.
 * @throws Failure `program-missing` where the named one cannot be run: never is another one run in its place.
 */
export function findProgram(where: WhereToLook): string | undefined {
  const { configured, environment, installed, searchPath = "", machine = process } = where;
  if (environment !== undefined && environment !== "") {
    return requireProgram(environment, "WPDAEMON_WIREPROXY", machine);
  }
  if (configured !== undefined) return requireProgram(configured, "wireproxy.path in config.yaml", machine);
  return isUsable(installed, machine) ? installed : findOnSearchPath(searchPath, machine);
}

/** Why a program that was found is passed over, as a sentence; undefined where none is, or the user named one. */
export function explainPassedOver(where: WhereToLook): string | undefined {
  const { installed, machine = process, searchPath = "" } = where;
  const misfit = isProgram(installed) ? findMisfit(installed, machine) : undefined;
  if (misfit !== undefined && !misfit.mayRun) return `${installed} is passed over: it ${misfit.text}`;
  if (isUsable(installed, machine)) return undefined;
  for (const path of listOnSearchPath(searchPath)) {
    const distrust = isUsable(path, machine) ? whyNotTrusted(path) : undefined;
    if (distrust !== undefined) return `${path} is passed over: ${distrust}`;
  }
  return undefined;
}

/** Whether `path` leads to a regular file that we may execute. */
export function isProgram(path: string): boolean {
  return attemptOr(false, () => {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  });
}

/** Why a file that is there is no program, after its path. */
export function explainUnexecutable(path: string): string {
  const found = attemptOr(undefined, () => statSync(path));
  const mayAll = found?.isFile() === true && (found.mode & 0o111) === 0o111;
  return mayAll ? "may not be executed there: its file system is mounted noexec" : "is not an executable file";
}

/** What cannot run here counts as absent. */
function isUsable(path: string, machine: Machine): boolean {
  return isProgram(path) && findMisfit(path, machine)?.mayRun !== false;
}

function requireProgram(path: string, setting: string, machine: Machine): string {
  // A relative path would depend on where the daemon happens to be started.
  if (!isAbsolute(path)) throw unusable(path, setting, "is not an absolute path");
  if (!existsSync(path)) throw unusable(path, setting, "is missing");
  if (!isProgram(path)) throw unusable(path, setting, explainUnexecutable(path));
  const misfit = findMisfit(path, machine);
  if (misfit?.mayRun === false) throw unusable(path, setting, misfit.text);
  const distrust = whyNotTrusted(path);
  if (distrust !== undefined) throw unusable(path, setting, `is not run: ${distrust}`);
  return path;
}

function unusable(path: string, setting: string, fault: string): Failure {
  return new Failure("program-missing", `${JSON.stringify(path)}, named by ${setting}, ${fault}`, {
    hint: `correct ${setting}, or remove it to use the installed wireproxy`,
  });
}

/** The first that runs here and that nobody else may exchange. */
function findOnSearchPath(searchPath: string, machine: Machine): string | undefined {
  return listOnSearchPath(searchPath).find((path) => isUsable(path, machine) && whyNotTrusted(path) === undefined);
}

/** Empty and relative entries of PATH mean the current folder, out of which a daemon runs nothing. */
function listOnSearchPath(searchPath: string): readonly string[] {
  return searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, "wireproxy"));
}
