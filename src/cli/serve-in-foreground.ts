import { writeSync } from "node:fs";
import { EXIT } from "../platform/exit-codes.ts";
import { Failure } from "../platform/failure.ts";
import { findHome } from "../platform/files/home.ts";
import { restartWithRuntimeOptions } from "../platform/process/runtime-options.ts";
import { VERSION } from "../platform/process/self.ts";
import type { DownloadProgress } from "../tunnels/wireproxy/program/download.ts";
import type { Request } from "./flags.ts";
import { reportFailure, say, sayError } from "./output/report.ts";
import { isTerminal, openReporter } from "./output/terminal.ts";

/** Runs the daemon in this process. What it has to say goes to stdout. @throws Failure `usage`. */
export async function serveInForeground({ home, port }: Omit<Request, "mode">): Promise<void> {
  // This comes first, for whatever is loaded before it is loaded twice.
  restartWithRuntimeOptions();
  const { serve } = await import("../daemon/serve.ts");
  const write = isTerminal("stdout") ? (await openReporter()).info : say;
  let barIsOpen = false;
  const serving = serve({
    home: findHome(home, process.env),
    port,
    environment: process.env,
    version: VERSION,
    reason: process.env["INVOCATION_ID"] === undefined ? "cli-start" : "service",
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

/** What a supervisor is told; docs/protocols/control.md, Exit codes. */
function exitCodeOf(error: unknown, usual: number): number {
  if (error instanceof Failure && error.code === "lock-held") return EXIT.lockHeld;
  return usual === EXIT.failed ? EXIT.notStarted : usual;
}

const BAR_WIDTH = 30;

/** Draws how far a download is, over what it drew before; the line stays open. consola has nothing of the kind. */
function drawDownload({ received, total }: DownloadProgress): void {
  const megabytes = (received / 1e6).toFixed(1);
  if (total === undefined) return void writeSync(2, `\rwireproxy: ${megabytes} MB`);
  const filled = Math.round((BAR_WIDTH * received) / total);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
  writeSync(2, `\rwireproxy: [${bar}] ${megabytes} of ${(total / 1e6).toFixed(1)} MB`);
}
