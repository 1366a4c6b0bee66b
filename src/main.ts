import { reportFailure } from "./cli/output/report.ts";

// Only what the arguments ask for is loaded: the daemon idles in memory that a command line need not save.
try {
  const words = process.argv.slice(2);
  const first = words[0];
  if (first === "linksocks") {
    const { runLinkSocks } = await import("./cli/linksocks/command.ts");
    await runLinkSocks(words.slice(1), process.env);
  } else if (first !== undefined && !first.startsWith("-")) {
    const { runCommandLine } = await import("./cli/commands.ts");
    await runCommandLine(words);
  } else {
    const { runFlags } = await import("./cli/flags.ts");
    await runFlags(words);
  }
} catch (error) {
  process.exitCode = reportFailure(error);
}
