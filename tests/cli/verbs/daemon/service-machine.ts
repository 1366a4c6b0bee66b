import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTextIfThere } from "../../../../src/platform/files/files.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

/**
 * A user's home, a systemctl that only writes down what it is asked (`refuse` makes it fail from that command on), and a
 * systemd-run that succeeds unless `refuse` names it.
 */
export function serviceMachine() {
  const folder = temporaryFolder();
  const home = join(folder.path, "home");
  const programs = join(folder.path, "bin");
  const calls = join(folder.path, "calls");
  const refused = join(folder.path, "refused");
  for (const path of [home, programs]) mkdirSync(path);
  const systemctl = join(programs, "systemctl");
  writeFileSync(
    systemctl,
    `#!/bin/sh
echo "$*" >> '${calls}'
if test -e '${refused}' && grep -q -x -e "$2" '${refused}'; then echo 'Failed to connect to bus' >&2; exit 1; fi
`,
  );
  const systemdRun = join(programs, "systemd-run");
  writeFileSync(
    systemdRun,
    `#!/bin/sh
if test -e '${refused}' && grep -q -x systemd-run '${refused}'; then echo 'Job for run-1.service failed.' >&2; exit 1; fi
`,
  );
  for (const program of [systemctl, systemdRun]) chmodSync(program, 0o755);
  return {
    home,
    unit: join(home, ".config/systemd/user/wpdaemon.service"),
    /** Fails those subcommands of systemctl from now on. */
    refuse: (...commands: string[]) => writeFileSync(refused, commands.map((command) => `${command}\n`).join("")),
    /** What systemctl was asked since the last look. */
    calls() {
      const lines = (readTextIfThere(calls) ?? "").split("\n").filter((line) => line !== "");
      writeFileSync(calls, "");
      return lines;
    },
    /** Runs a verb; the environment is empty but for what is given. */
    run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
      const ended = Bun.spawnSync([process.execPath, join(import.meta.dir, "service-verbs.ts"), ...words], {
        env: { HOME: home, PATH: `${programs}:/usr/bin:/bin`, ...environment },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      return { code: ended.exitCode, out: `${ended.stdout}`, fault: `${ended.stderr}` };
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
