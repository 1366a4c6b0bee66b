import { join } from "node:path";

/** The sources of the program. */
export const ENTRY = join(import.meta.dir, "../../src/main.ts");

/** Runs the command line from its sources, in a process of its own, as a user does. */
export async function runCommandLine(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string; readonly complaint: string }> {
  const run = Bun.spawn([process.execPath, ENTRY, ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...environment },
  });
  const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { code, output, complaint };
}
