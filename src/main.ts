import type { Request } from "./cli/flags.ts";
import { reportFailure, say } from "./cli/output/report.ts";

// Only what the arguments ask for is loaded: the daemon idles in memory that a command line need not save.
try {
  await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = await reportFailure(error);
}

async function run(words: readonly string[]): Promise<void> {
  const isCommand = words[0] !== undefined && !words[0].startsWith("-");
  if (isCommand) return await runCommand(words);
  const { readFlags } = await import("./cli/flags.ts");
  const { mode, ...where } = readFlags(words);
  switch (mode) {
    case "help":
      return await runCommand(["help"]);
    case "version": {
      const { VERSION } = await import("./platform/process/self.ts");
      return say(`WpDaemon version ${VERSION} (TypeScript)`);
    }
    case "unsaid": {
      const { isForDaemon } = await import("./cli/is-for-daemon.ts");
      return (await isForDaemon(where)) ? await serve(where) : await openPrompt(where);
    }
    case "daemon":
      return await serve(where);
    case "prompt":
      return await openPrompt(where);
  }
}

type Where = Omit<Request, "mode">;

async function serve(where: Where): Promise<void> {
  const { serveInForeground } = await import("./cli/serve-in-foreground.ts");
  await serveInForeground(where);
}

async function openPrompt(where: Where): Promise<void> {
  const { runPrompt } = await import("./cli/prompt.ts");
  await runPrompt(where);
}

async function runCommand(words: readonly string[]): Promise<void> {
  const { runCommandLine } = await import("./cli/commands.ts");
  await runCommandLine(words);
}
