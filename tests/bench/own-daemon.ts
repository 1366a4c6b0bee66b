import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { withoutRuntimeOptions } from "../../src/platform/process/runtime-options.ts";
import { freePort } from "../rig/free-port.ts";
import { ask, type Reply } from "../rig/line-client.ts";
import { isAlive } from "../rig/processes.ts";
import { until } from "../rig/until.ts";
import { untilAccepting } from "./accepting.ts";

/** Where and of what our own daemons are made. */
export interface OwnProgram {
  readonly executable: string;
  readonly wireproxy: string;
  /** Each daemon gets a home in it. */
  readonly folder: string;
}

/** Our own daemon, driven by its command line as well. */
export interface OwnDaemon extends AsyncDisposable {
  readonly port: number;
  /** Of the process that serves now. */
  readonly pid: number;
  /** Path of a config. */
  configFile(name: string): string;
  /** One exchange over a connection of its own. @throws where the daemon reports an error. */
  ask(line: string): Promise<Reply>;
  up(names: readonly string[]): Promise<void>;
  /** Has the same program take over. */
  handOver(): Promise<void>;
}

const handOverSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ old: v.object({ pid: v.number() }), new: v.object({ pid: v.number() }) }),
);

/**
 * Starts it with `configs`, texts by name.
 * @param isDetached as `wpdaemon start` does it, so that another process may take over.
 */
export async function startOwnDaemon(
  { executable, wireproxy, folder }: OwnProgram,
  configs: Readonly<Record<string, string>>,
  isDetached = true,
): Promise<OwnDaemon> {
  const home = mkdtempSync(join(folder, "own-"));
  const configFile = (name: string) => join(home, "wireproxy_confs", `${name}.conf`);
  mkdirSync(join(home, "wireproxy_confs"), { mode: 0o700 });
  for (const [name, text] of Object.entries(configs)) writeFileSync(configFile(name), text, { mode: 0o600 });
  // The operator's own settings must not reach the daemon.
  const { WPDAEMON_PORT: _, ...rest } = process.env;
  const env = { ...withoutRuntimeOptions(rest), HOME: home, ARGUS_HOME: home, WPDAEMON_WIREPROXY: wireproxy };
  const detached = isDetached ? { WPDAEMON_DETACHED: "1" } : {};
  const port = freePort();
  const command = [executable, "--daemon", "-p", String(port)];
  const first = Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"], env: { ...env, ...detached } });
  let pid = first.pid;
  const endWithUs = () => isAlive(pid) && process.kill(pid, "SIGTERM");
  process.once("exit", endWithUs);
  await untilAccepting(port, first);

  return {
    port,
    get pid() {
      return pid;
    },
    configFile,
    async ask(line) {
      const reply = await ask(port, line);
      if (reply.error !== null) throw new Error(`${line}: ${reply.error}`);
      return reply;
    },
    async up(names) {
      await call(["up", ...names]);
    },
    async handOver() {
      const answer = v.parse(handOverSchema, await call(["restart", "--json"]));
      if (answer.old.pid !== pid) throw new Error(`process ${answer.old.pid} served, not ${pid}`);
      pid = answer.new.pid;
    },
    async [Symbol.asyncDispose]() {
      process.off("exit", endWithUs);
      await call(["stop"]);
      await until("the last daemon is gone", () => !isAlive(pid));
      // After a hand-over it stays for clients that have kept a connection: there is none left.
      await first.exited;
    },
  };

  async function call(words: readonly string[]): Promise<string> {
    const run = Bun.spawn([executable, ...words], { stdin: "ignore", stdout: "pipe", stderr: "pipe", env });
    const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
    if (code !== 0) throw new Error(`wpdaemon ${words.join(" ")}: ${complaint.trim()}`);
    return output;
  }
}
