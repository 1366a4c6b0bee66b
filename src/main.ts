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
    case "daemon": {
      const { serveInForeground } = await import("./cli/serve-in-foreground.ts");
      return await serveInForeground(where);
    }
    case "prompt": {
      const { runPrompt } = await import("./cli/prompt.ts");
      return await runPrompt(where);
    }
  }
}

async function runCommand(words: readonly string[]): Promise<void> {
  const { runCommandLine } = await import("./cli/commands.ts");
  await runCommandLine(words);
}
