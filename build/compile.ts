// Compiles src/main.ts into one executable, dist/wpdaemon, for the machine it runs on.
// Why these options: bytecode and splitting make rooms that are imported lazily cost nothing at start; without the
// autoload options the program would read .env and bunfig.toml from wherever it is started.

import { mkdirSync, renameSync } from "node:fs";

mkdirSync("dist", { recursive: true });
const built = await Bun.build({
  entrypoints: ["src/main.ts"],
  minify: true,
  bytecode: true,
  format: "esm",
  splitting: true,
  compile: { outfile: "dist/wpdaemon.new", autoloadDotenv: false, autoloadBunfig: false },
});
if (!built.success) {
  for (const message of built.logs) console.error(message);
  process.exit(1);
}
// A running daemon keeps the file that it was started from.
renameSync("dist/wpdaemon.new", "dist/wpdaemon");
console.log(`dist/wpdaemon (${(Bun.file("dist/wpdaemon").size / 1e6).toFixed(0)} MB)`);
