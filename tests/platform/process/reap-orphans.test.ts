import { expect, test } from "bun:test";
import { join } from "node:path";
import { attemptOr } from "../../../src/platform/failure.ts";
import { readProcessStat } from "../../../src/platform/process/proc.ts";
import { until } from "../../rig/until.ts";

const SOURCE = join(import.meta.dir, "../../../src/platform/process/reap-orphans.ts");

test.skipIf(process.platform !== "linux")(
  "children that the runtime does not know are reaped, and its own still tell how they ended",
  async () => {
    // The shell leaves a child to the program that it becomes.
    const script = `
    import { reapOrphans } from "${SOURCE}";
    reapOrphans();
    const own = Bun.spawn(["sh", "-c", "exit 7"]);
    console.log(await own.exited);
    setInterval(() => {}, 1_000);
  `;
    const run = Bun.spawn(["sh", "-c", 'sleep 0.1 & echo $!; exec "$@"', "sh", process.execPath, "-e", script], {
      stdout: "pipe",
    });
    try {
      let said = "";
      const decoder = new TextDecoder();
      for await (const chunk of run.stdout) {
        said += decoder.decode(chunk, { stream: true });
        if (said.split("\n").length > 2) break;
      }
      const [orphan, code] = said.split("\n").map(Number);
      expect(code).toBe(7);
      await until("it is reaped", () => attemptOr(undefined, () => readProcessStat(Number(orphan))) === undefined);
    } finally {
      run.kill("SIGKILL");
      await run.exited;
    }
  },
);
