import { untilAccepting } from "../accepting.ts";

/** A program under measurement. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
}

const END_MS = 5_000;

/**
 * Starts one with nothing of this environment but PATH, and waits until it accepts on a port.
 * @param home what it takes for its user's home.
 * @throws where it does not.
 */
export async function startProgram(words: readonly string[], port: number, home: string): Promise<Program> {
  const child = Bun.spawn([...words], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { PATH: process.env["PATH"], HOME: home },
  });
  const endWithUs = () => child.kill("SIGTERM");
  process.once("exit", endWithUs);
  const program: Program = {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      process.off("exit", endWithUs);
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), END_MS);
      await child.exited;
      clearTimeout(impatience);
    },
  };
  try {
    await untilAccepting(port, child);
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
