import { EXECUTABLE } from "./daemon-process.ts";

export interface Call {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

/** Runs the compiled program with `words`, on the installation at `home`. */
export async function callWpdaemon(
  home: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Call> {
  const run = Bun.spawn([EXECUTABLE, ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"], HOME: home, ARGUS_HOME: home, WPDAEMON_STREAM_PORT: "0", ...environment },
  });
  const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { code, output, complaint };
}
