import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { installPm2, PM2 } from "./pm2.ts";
import { isAlive } from "./processes.ts";
import { until } from "./until.ts";

/** A program that keeps a daemon running, as its users set it up. */
export interface Supervisor {
  readonly name: string;
  /** Programs that it needs. */
  readonly needs: readonly string[];
  /** @param folder for its own files. @param command what it is to run. */
  start(folder: string, command: readonly string[], env: Environment): Promise<Supervised>;
}

export interface Supervised extends AsyncDisposable {
  /** The process that it takes for the daemon; undefined while it takes it for dead. */
  pid(): Promise<number | undefined>;
  /** Has it end the daemon for good. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const RUNSV: Supervisor = {
  name: "runit",
  needs: ["runsv", "sv"],
  async start(folder, command, env) {
    writeFileSync(join(folder, "run"), `#!/bin/sh\nexec ${quote(command)}\n`, { mode: 0o755 });
    const runsv = spawn(["runsv", folder], env);
    return {
      async pid() {
        const [, pid] = /^run: .*: \(pid (\d+)\)/.exec(await call(["sv", "status", folder], env)) ?? [];
        return pid === undefined ? undefined : Number(pid);
      },
      stop: async () => void (await call(["sv", "-w", "60", "down", folder], env)),
      async [Symbol.asyncDispose]() {
        runsv.kill("SIGTERM");
        await runsv.exited;
      },
    };
  },
};

const SUPERVISORD: Supervisor = {
  name: "supervisord",
  needs: ["supervisord", "supervisorctl"],
  async start(folder, command, env) {
    const config = join(folder, "supervisord.conf");
    const socket = `${folder}/supervisor.sock`;
    writeFileSync(
      config,
      `[unix_http_server]\nfile=${socket}\n[supervisord]\nnodaemon=true\nuser=${process.env["USER"] ?? "root"}\nlogfile=/dev/null\nlogfile_maxbytes=0
pidfile=${folder}/supervisord.pid\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]\nserverurl=unix://${socket}\n[program:wpdaemon]\ncommand=${command.join(" ")}\nautorestart=true\nstartsecs=0\n`,
    );
    const supervisord = spawn(["supervisord", "-c", config], env);
    const control = (...words: readonly string[]) => call(["supervisorctl", "-c", config, ...words], env);
    return {
      async pid() {
        const [, pid] = /RUNNING +pid (\d+)/.exec(await control("status", "wpdaemon")) ?? [];
        return pid === undefined ? undefined : Number(pid);
      },
      stop: async () => void (await control("stop", "wpdaemon")),
      async [Symbol.asyncDispose]() {
        supervisord.kill("SIGTERM");
        await supervisord.exited;
      },
    };
  },
};

const pm2List = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ pid: v.optional(v.number()), pm2_env: v.object({ status: v.string() }) })),
);

const PM2_KEEPER: Supervisor = {
  name: "pm2",
  needs: ["node", "npm"],
  async start(folder, [program = "", ...words], env) {
    const complaint = await installPm2();
    if (complaint !== undefined) throw new Error(complaint);
    const home = mkdtempSync(join(folder, "pm2-"));
    const own = { ...env, PM2_HOME: home };
    const pm2 = (...args: readonly string[]) => call(["node", PM2, ...args], own);
    await pm2("start", program, "--name", "wpdaemon", "--interpreter", "none", "--", ...words);
    return {
      async pid() {
        const [listed] = v.parse(pm2List, (await pm2("jlist", "--silent")).trim().split("\n").at(-1));
        return listed?.pm2_env.status === "online" ? listed.pid : undefined;
      },
      stop: async () => void (await pm2("stop", "wpdaemon")),
      async [Symbol.asyncDispose]() {
        const keeper = Number(readFileSync(join(home, "pm2.pid"), "utf8"));
        await pm2("kill");
        await until("pm2's daemon is gone", () => !isAlive(keeper));
      },
    };
  },
};

export const SUPERVISORS: readonly Supervisor[] = [RUNSV, SUPERVISORD, PM2_KEEPER];

function spawn(command: readonly string[], env: Environment) {
  return Bun.spawn([...command], { stdio: ["ignore", "ignore", "ignore"], env: { ...env } });
}

/** What it says on stdout. A file takes it: what a program leaves behind may keep a pipe open. */
async function call(command: readonly string[], env: Environment): Promise<string> {
  const run = Bun.spawn([...command], { stdio: ["ignore", "pipe", "ignore"], env: { ...env } });
  await run.exited;
  return await Promise.race([run.stdout.text(), Bun.sleep(1_000).then(() => "")]);
}

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" ");
}
