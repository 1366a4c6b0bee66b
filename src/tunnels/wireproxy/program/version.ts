import { statSync } from "node:fs";
import { systemCode } from "../../../platform/failure.ts";
import { settlesWithin } from "../../../platform/waiting.ts";

/** What came of running a program for its version; exit code undefined where it was killed or could not be run. */
export interface VersionRun {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** Runs `<path> -v`. It never rejects and never takes longer than its time limit. */
type RunForVersion = (path: string) => Promise<VersionRun>;

/** Answers with one line of at most 200 characters, for the header of a session log. It never rejects. */
export type VersionProbe = (path: string) => Promise<string>;

/**
 * A probe that asks a program for its version (`wireproxy, version 1.1.3`) and remembers the answer until the file changes.
 * Where it fails, the texts are those of docs/protocols/line.md, Session logs; a failure is not remembered.
 */
export function createVersionProbe(run: RunForVersion = runForVersion): VersionProbe {
  const known = new Map<string, { readonly stamp: string; readonly answer: Promise<string> }>();
  return async (path) => {
    const stamp = stampOf(path);
    if (stamp === undefined) return "Unknown (binary not found)";
    const remembered = known.get(path);
    if (remembered?.stamp === stamp) return remembered.answer;
    const answer = run(path).then(versionIn);
    const entry = { stamp, answer };
    known.set(path, entry);
    const version = await answer;
    if (version === FAILED && known.get(path) === entry) known.delete(path);
    return version;
  };
}

const FAILED = "Unknown (failed to run)";
const MAXIMUM_LENGTH = 200;
const MAXIMUM_OUTPUT = 4096;
const TIME_LIMIT_MILLISECONDS = 2000;

function stampOf(path: string): string | undefined {
  try {
    const { mtimeNs, size, ino, dev } = statSync(path, { bigint: true });
    return [mtimeNs, size, ino, dev].join(" ");
  } catch (error) {
    return systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR" ? undefined : "unreadable";
  }
}

function versionIn({ exitCode, output }: VersionRun): string {
  const line = output
    .replace(/\p{Cc}+/gu, " ")
    .replace(/ +/g, " ")
    .trim();
  return exitCode === 0 && line !== "" ? [...line].slice(0, MAXIMUM_LENGTH).join("") : FAILED;
}

/**
 * In a process group of its own, so that a wrapper script that hangs cannot leave its children behind. A program that talks
 * without end is killed by `maxBuffer`.
 */
async function runForVersion(path: string): Promise<VersionRun> {
  try {
    const child = Bun.spawn([path, "-v"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
      maxBuffer: MAXIMUM_OUTPUT,
    });
    const work = Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    if (await settlesWithin(work, TIME_LIMIT_MILLISECONDS)) {
      const [exitCode, ...outputs] = await work;
      return { exitCode, output: outputs.join("\n") };
    }
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Whatever the reason (no execute permission, another machine's format), the log can only say that it does not run; or
    // it has ended by itself at the last moment.
  }
  return { exitCode: undefined, output: "" };
}
