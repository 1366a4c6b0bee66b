// What the tests of a run have left on this machine: processes with whatever they listen on, and folders.

import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcesses } from "../tests/rig/processes.ts";

/** Every temporary folder and every name in a command line that is ours begins with it. */
const PREFIX = "wpdaemon-";

/** The programs that this folder builds and installs. */
const PROGRAMS = ["dist/", ".tools/"].map((folder) => join(import.meta.dir, "..", folder));

/** Inherited by whatever a test starts, unless that gets an environment of its own. */
const MARK = "SUITE_RUN_OF_WPDAEMON";

/** Looks before a run, and again behind it. */
export interface Watch {
  /** What the run has to have in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A line for each process and folder that was not there before. */
  whatIsLeft(): readonly string[];
}

export function watchForLeftovers(): Watch {
  const run = `${process.pid}.${Date.now()}`;
  const [processesBefore, foldersBefore] = [new Set(ourProcesses(run)), new Set(ourFolders())];
  return {
    environment: { [MARK]: run },
    whatIsLeft: () => [
      ...ourProcesses(run)
        .filter((pid) => !processesBefore.has(pid))
        .map((pid) => `process ${pid} still runs: ${commandLine(pid)}`),
      ...ourFolders()
        .filter((folder) => !foldersBefore.has(folder))
        .map((folder) => `the folder ${folder} is still there`),
    ],
  };
}

function ourProcesses(run: string): readonly number[] {
  return [...new Set([...[PREFIX, ...PROGRAMS].flatMap(findProcesses), ...marked(run)])];
}

/** Linux alone tells the environment of a process. */
function marked(run: string): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter(
      (pid) => Number.isInteger(pid) && pid !== process.pid && read(`/proc/${pid}/environ`).includes(`${MARK}=${run}`),
    );
}

function ourFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
}

function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
