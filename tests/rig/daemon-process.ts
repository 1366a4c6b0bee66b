import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, type Reply } from "./line-client.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** The program under test; that of another kind of machine, where this one plays it. */
export const EXECUTABLE = process.env["TEST_PROGRAM"] ?? join(import.meta.dir, "../../dist/wpdaemon");

/** An installation of its own in a temporary folder, and the compiled daemon on it. */
export interface TestDaemon {
  readonly home: string;
  readonly port: number;
  readonly pid: number;
  readonly output: () => string;
  ask(line: string, milliseconds?: number): Promise<Reply>;
  writeConfig(name: string, text: string): string;
  readLog(path: string): string;
  /** Starts the daemon again on the same installation and port; resolves when it answers. */
  start(): Promise<void>;
  /** Sends a signal and waits for the end. @returns the exit code, null after a signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestDaemonOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Its config.yaml. */
  readonly settings?: string;
  /** Words behind its flags. */
  readonly words?: readonly string[];
  /** How many files and sockets it may have open. */
  readonly openFiles?: number;
  /** The program, `dist/wpdaemon` unless given. */
  readonly program?: string;
  /** What runs its command and becomes it: `unshare -r`. */
  readonly within?: readonly string[];
  /** Folder to serve from, which then stays. */
  readonly home?: string;
}

/** Starts `dist/wpdaemon --daemon` on a port that the system chose; `await using` ends it and all it started. */
export async function startTestDaemon({
  environment = {},
  settings,
  words = [],
  home,
  openFiles,
  within = [],
  program = EXECUTABLE,
}: TestDaemonOptions = {}): Promise<TestDaemon> {
  const folder = home === undefined ? temporaryFolder() : { path: home, [Symbol.dispose]() {} };
  const configs = join(folder.path, "wireproxy_confs");
  mkdirSync(configs, { recursive: true, mode: 0o700 });
  if (settings !== undefined) {
    mkdirSync(join(folder.path, "wpdaemon"), { mode: 0o700 });
    writeFileSync(join(folder.path, "wpdaemon/config.yaml"), settings, { mode: 0o600 });
  }
  let output = "";
  let port = 0;
  let child = spawn();
  await listening();

  return {
    home: folder.path,
    get port() {
      return port;
    },
    get pid() {
      return child.pid;
    },
    output: () => output,
    ask: (line, milliseconds) => ask(port, line, milliseconds),
    writeConfig(name, text) {
      const path = join(configs, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    readLog: (path) => readFileSync(path, "utf8"),
    async start() {
      output = "";
      child = spawn();
      await listening();
    },
    async end(signal) {
      child.kill(signal);
      await child.exited;
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        await ask(port, "spin_down:").catch(() => undefined);
        child.kill("SIGTERM");
        await child.exited;
      }
      killRecorded(join(folder.path, "wpdaemon/state.json"));
      folder[Symbol.dispose]();
    },
  };

  function spawn() {
    const command = [...within, program, "--daemon", "-p", String(port), "--home", folder.path, ...words];
    const limited =
      openFiles === undefined ? command : ["sh", "-c", `ulimit -n ${openFiles}; exec "$@"`, "sh", ...command];
    const started = Bun.spawn(limited, {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // The stream on a port of its own, too.
      env: { ...withoutOurs(process.env), WPDAEMON_STREAM_PORT: "0", ...environment },
    });
    collect(started.stdout);
    collect(started.stderr);
    return started;
  }

  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  }

  async function listening(): Promise<void> {
    port = await until("the daemon listens", () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}: ${output}`);
      return Number(/listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1]) || undefined;
    });
  }
}

/** What the developer set for a daemon of his own is not meant for the one under test. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(WPDAEMON|ARGUS)_/.test(name)));
}

/** What a daemon that was killed left running, and no later one adopted. */
function killRecorded(state: string): void {
  if (!existsSync(state)) return;
  for (const [, pid] of readFileSync(state, "utf8").matchAll(/"pid": (\d+)/g)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}
