import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** A process whose output goes to a file: a busy pipe was seen to stall in Bun 1.4.5, its last bytes and its end unread. */
export interface LoggedProcess extends Disposable {
  readonly pid: number;
  readonly stdin: Bun.FileSink;
  /** All that it has written, without colours; after its disposal, too. */
  output(): string;
  /** Resolves with its exit code, 128 and more after a signal. */
  readonly ended: Promise<number>;
  hasEnded(): boolean;
  kill(signal: NodeJS.Signals): void;
}

/** Starts one, whose program is named by its path, with nothing of this environment but PATH, in a home of its own, which its disposal removes. */
export function startLogged(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): LoggedProcess {
  const [program = ""] = words;
  if (!existsSync(program)) throw new Error(`there is no ${program}`);
  const home = temporaryFolder();
  const path = join(home.path, "output");
  const file = openSync(path, "a");
  const child = Bun.spawn([...words], {
    stdin: "pipe",
    stdout: file,
    stderr: file,
    env: { PATH: process.env["PATH"], HOME: home.path, ...environment },
  });
  closeSync(file);
  let last: string | undefined;
  const output = () => last ?? Bun.stripANSI(readFileSync(path, "utf8"));
  return {
    pid: child.pid,
    stdin: child.stdin,
    output,
    ended: child.exited,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: (signal) => child.kill(signal),
    [Symbol.dispose]() {
      last = output();
      home[Symbol.dispose]();
    },
  };
}
