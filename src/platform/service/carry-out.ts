import type { Environment } from "../environment.ts";
import { quoteForShell } from "../shell-word.ts";
import { pause } from "../waiting.ts";
import type { Step } from "./service.ts";

/** A start waits until the daemon says that it is ready, for which systemd gives it 90 s. */
const STEP_MS = 120_000;
const RETRY_MS = 500;

/** The step that failed, and the manager's reason. */
interface Refusal {
  readonly step: Step;
  readonly reason: string;
}

/** Carries the steps out in order, up to the first that fails. @returns that one, if any. */
export async function carryOut(steps: readonly Step[], environment: Environment): Promise<Refusal | undefined> {
  for (const step of steps) {
    const deadline = performance.now() + (step.patience ?? 0);
    let reason = run(step, environment);
    while (reason !== undefined && performance.now() < deadline) {
      await pause(RETRY_MS);
      reason = run(step, environment);
    }
    if (reason !== undefined && step.mayFail === undefined) return { step, reason };
  }
  return undefined;
}

/** The steps as a person types them into a shell. */
export function showSteps(steps: readonly Step[]): string {
  return steps.map(({ words }) => words.map((word) => quoteForShell(word)).join(" ")).join(" && ");
}

/** @returns why it failed, undefined for success. */
function run({ words }: Step, environment: Environment): string | undefined {
  const [name, ...rest] = words;
  const program = Bun.which(name, { PATH: environment.PATH ?? "" });
  if (program === null) return `${name} is not installed here`;
  const { success, exitCode, signalCode, stdout, stderr } = Bun.spawnSync([program, ...rest], {
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: STEP_MS,
  });
  if (success) return undefined;
  const said = `${stderr}`.trim() || `${stdout}`.trim();
  return said === "" ? `${name} ended with ${exitCode ?? signalCode}` : said.replaceAll(/\s*\n\s*/g, " ");
}
