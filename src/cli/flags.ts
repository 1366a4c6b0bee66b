import { Failure } from "../platform/failure.ts";
import { findHome } from "../platform/files/home.ts";
import { restartWithRuntimeOptions } from "../platform/process/restart.ts";
import { VERSION } from "../platform/process/self.ts";
import { EXIT, reportFailure, say, sayError } from "./output/report.ts";
import { parsePort } from "./port.ts";

interface Flags {
  readonly mode: "daemon" | "prompt" | "version" | "help";
  readonly port: number | undefined;
  readonly home: string | undefined;
}

/**
 * The predecessors' way to call us, flags and no verb; reference page wireproxy-daemon.md section 12.
 * @throws Failure `usage`, and what the mode throws.
 */
export async function runFlags(words: readonly string[]): Promise<void> {
  const flags = parseFlags(words);
  switch (flags.mode) {
    case "version":
      return say(`WpDaemon version ${VERSION} (TypeScript)`);
    case "help": {
      const { HELP } = await import("./output/help.ts");
      return say(HELP);
    }
    case "prompt": {
      const { runPrompt } = await import("./prompt.ts");
      return await runPrompt(flags);
    }
    case "daemon":
      return await runDaemon(flags);
  }
}

async function runDaemon({ port, home }: Flags): Promise<void> {
  // Before anything else is loaded, for it would be loaded twice.
  restartWithRuntimeOptions();
  const { serve } = await import("../daemon/serve.ts");
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
      say(line);
    },
    async onDownload(progress) {
      if (!process.stderr.isTTY) return;
      const { drawDownload } = await import("./output/download-bar.ts");
      barIsOpen = true;
      drawDownload(progress);
    },
  });
  await serving.catch((error) => process.exit(exitCodeOf(error, reportFailure(error))));
}

/** What a supervisor is told of a daemon that did not start. */
function exitCodeOf(error: unknown, usual: number): number {
  if (error instanceof Failure && error.code === "lock-held") return EXIT.lockHeld;
  return usual === EXIT.failed ? EXIT.notStarted : usual;
}

/** `--run-server-daemon` is how Argus starts its own daemon. */
function parseFlags(words: readonly string[]): Flags {
  let mode: Flags["mode"] | undefined;
  let port: number | undefined;
  let home: string | undefined;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name, inline] = splitInline(word);
    switch (name) {
      case "-d":
      case "--daemon":
      case "--run-server-daemon":
        mode ??= "daemon";
        break;
      case "-i":
      case "--interactive":
        mode ??= "prompt";
        break;
      case "-v":
      case "--version":
        mode = "version";
        break;
      case "-h":
      case "--help":
        mode = "help";
        break;
      case "-p":
      case "--port":
        port = parsePort(name, inline ?? rest.shift());
        break;
      case "--home":
        home = inline ?? rest.shift();
        if (home === undefined) throw new Failure("usage", "--home needs a folder", { hint: "--home FOLDER" });
        break;
      default:
        sayError(`wpdaemon: ignoring unknown argument ${JSON.stringify(word)} (wpdaemon --help lists the known ones)`);
    }
  }
  return { mode: mode ?? "prompt", port, home };
}

function splitInline(word: string): readonly [string, string | undefined] {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}
