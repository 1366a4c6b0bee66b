import { ENVIRONMENT } from "../platform/environment.ts";
import { EXIT } from "../platform/exit-codes.ts";
import { Failure } from "../platform/failure.ts";
import { findHome } from "../platform/files/home.ts";
import { formatLocalTime } from "../platform/local-time.ts";
import { toPlainText } from "../platform/plain-text.ts";
import { restartWithRuntimeOptions } from "../platform/process/runtime-options.ts";
import { VERSION } from "../platform/process/self.ts";
import type { Request } from "./flags.ts";
import { drawDownload } from "./output/download-bar.ts";
import { reportFailure, sayError, sayIfPossible } from "./output/report.ts";
import { isTerminal, openReporter } from "./output/terminal.ts";

/** Runs the daemon in this process. What it has to say goes to stdout. @throws Failure `usage`. */
export async function serveInForeground({ home, port, ignored }: Omit<Request, "mode">): Promise<void> {
  // This comes first, for whatever is loaded before it is loaded twice.
  const refusal = await restartWithRuntimeOptions();
  const { serve } = await import("../daemon/serve.ts");
  const write = await openVoice();
  for (const fault of ignored) sayError(`wpdaemon: ${fault}: passed over`);
  if (refusal !== undefined) {
    write(
      `The system refuses to start this program anew (${refusal}): it serves without its runtime's options, and takes more memory`,
    );
  }
  let barIsOpen = false;
  const serving = serve({
    home: findHome(home, process.env),
    port,
    environment: process.env,
    version: VERSION,
    reason: ENVIRONMENT.INVOCATION_ID === undefined ? "cli-start" : "service",
    say(line) {
      if (barIsOpen) sayError("");
      barIsOpen = false;
      write(line);
    },
    onDownload(progress) {
      if (!isTerminal("stderr")) return;
      barIsOpen = true;
      drawDownload(progress);
    },
  });
  await serving.catch(async (error) => process.exit(exitCodeOf(error, await reportFailure(error))));
}

/** Where the operator reads; what others said is plain text there. */
async function openVoice(): Promise<(line: string) => void> {
  // Its output is daemon.log; a supervisor notes the time by itself.
  if (ENVIRONMENT.WPDAEMON_DETACHED !== undefined) {
    return (line) => sayIfPossible(`${formatLocalTime(new Date())} ${line}`);
  }
  if (!isTerminal("stdout")) return sayIfPossible;
  const reporter = await openReporter();
  return (line) => reporter.info(toPlainText(line));
}

/** What a supervisor is told; docs/protocols/control.md, Exit codes. */
function exitCodeOf(error: unknown, usual: number): number {
  if (error instanceof Failure && error.code === "lock-held") return EXIT.lockHeld;
  return usual === EXIT.failed ? EXIT.notStarted : usual;
}
