import packageJson from "../../../package.json" with { type: "json" };

/** Version of this program, `2.0.0`. */
export const VERSION = packageJson.version;

/** The command line that starts this very program, without arguments: the executable, or Bun with our entry file. */
export function ownCommand(): readonly [string, ...string[]] {
  return Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];
}

/** The path of this program; undefined where Bun runs it from source, and no file of its own can be replaced. */
export function ownExecutable(): string | undefined {
  return Bun.main.startsWith("/$bunfs/") ? process.execPath : undefined;
}
