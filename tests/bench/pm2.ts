import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installPm2, PM2 } from "../rig/pm2.ts";
import { isAlive } from "../rig/processes.ts";
import { until } from "../rig/until.ts";
import type { Scene } from "./scene.ts";
import { type AbsentSupervisor, CHILD_ENVIRONMENT, type Supervisor } from "./supervisor.ts";

/** pm2 with its defaults, on a home of its own; installed beside the repository's other tools where it is missing. */
export async function findPm2(
  { wireproxy, configFile }: Scene,
  folder: string,
): Promise<Supervisor | AbsentSupervisor> {
  const by = "pm2";
  const complaint = await installPm2();
  if (complaint !== undefined) return { by, start: undefined, note: `pm2: not measured, ${complaint}.` };
  return {
    by,
    async start() {
      const home = mkdtempSync(join(folder, "pm2-"));
      const env = { ...process.env, ...CHILD_ENVIRONMENT, HOME: home, PM2_HOME: home };
      const endWithUs = () => signalDaemon(home);
      // Before the folder goes, in which the daemon's pid stands.
      process.prependOnceListener("exit", endWithUs);
      await call(["start", wireproxy, "--name", "bench", "--interpreter", "none", "--", "-c", configFile], env);
      return {
        configFile,
        async [Symbol.asyncDispose]() {
          process.off("exit", endWithUs);
          const daemon = daemonPid(home);
          await call(["kill"], env);
          if (daemon !== undefined) await until("pm2's daemon is gone", () => !isAlive(daemon));
        },
      };
    },
  };
}

async function call(words: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<void> {
  // What its daemon inherits stays open for as long as that runs: nothing is read from it.
  const run = Bun.spawn(["node", PM2, ...words], { stdio: ["ignore", "ignore", "ignore"], env });
  const code = await run.exited;
  if (code !== 0) throw new Error(`pm2 ${words[0]} ended with ${code}`);
}

/** It ends its child on SIGTERM. */
function signalDaemon(home: string): void {
  const pid = daemonPid(home);
  if (pid !== undefined && isAlive(pid)) process.kill(pid, "SIGTERM");
}

function daemonPid(home: string): number | undefined {
  const file = join(home, "pm2.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}
