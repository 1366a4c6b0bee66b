import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scene } from "./scene.ts";
import { type AbsentSupervisor, CHILD_ENVIRONMENT, type Supervisor } from "./supervisor.ts";

/** The supervisor of runit, runsv, as its users set it up: a folder with a script `run`. */
export function findRunit({ wireproxy, configFile }: Scene, folder: string): Supervisor | AbsentSupervisor {
  const by = "runit";
  const runsv = Bun.which("runsv");
  if (runsv === null) return { by, start: undefined, note: "runit: not measured, runsv is not on PATH." };
  return {
    by,
    note: "runit: runsv starts at once what has lived for 1 s, and waits for 1 s before anything else, by design.",
    async start() {
      const service = mkdtempSync(join(folder, "service-"));
      writeFileSync(join(service, "run"), `#!/bin/sh\nexec '${wireproxy}' -c '${configFile}'\n`, { mode: 0o755 });
      const env = { ...process.env, ...CHILD_ENVIRONMENT };
      const supervisor = Bun.spawn([runsv, service], { stdio: ["ignore", "ignore", "ignore"], env });
      const endWithUs = () => supervisor.kill("SIGTERM");
      process.once("exit", endWithUs);
      return {
        configFile,
        async [Symbol.asyncDispose]() {
          process.off("exit", endWithUs);
          // It ends its service, then itself.
          supervisor.kill("SIGTERM");
          await supervisor.exited;
        },
      };
    },
  };
}
