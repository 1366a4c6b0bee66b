// What the tests of a run have left on this machine: processes with whatever they listen on, and folders.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcesses } from "../tests/rig/processes.ts";

/** The programs that this folder builds and installs. */
const PROGRAMS = ["dist/", ".tools/"].map((folder) => join(import.meta.dir, "..", folder));

/** Inherited by whatever a test starts, unless that gets an environment of its own. */
const MARK = "SUITE_RUN_OF_WPDAEMON";

/** Looks before a run, and again behind it. */
export interface Watch {
  /** What the run has to have in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A line for each process, and for each thing in the run's temporary folder, which goes if it is empty. */
  whatIsLeft(): readonly string[];
}

export function watchForLeftovers(): Watch {
  const run = `${process.pid}.${Date.now()}`;
  // Its own, so that what other runs on this machine make and remove meanwhile does not count.
  const folder = mkdtempSync(join(tmpdir(), "wpdaemon-run-"));
  const before = new Set(ourProcesses(run, folder));
  return {
    environment: { [MARK]: run, TMPDIR: folder },
    whatIsLeft() {
      const left = [
        ...ourProcesses(run, folder)
          .filter((pid) => !before.has(pid))
          .map((pid) => `process ${pid} still runs: ${commandLine(pid)}`),
        ...readdirSync(folder).map((name) => `${join(folder, name)} is still there`),
      ];
      if (left.length === 0) rmSync(folder, { recursive: true });
      return left;
    },
  };
}

function ourProcesses(run: string, folder: string): readonly number[] {
  return [...new Set([...[folder, ...PROGRAMS].flatMap(findProcesses), ...marked(run)])];
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
