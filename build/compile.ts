// Compiles src/main.ts into one executable, dist/wpdaemon, for the machine it runs on.

import { mkdirSync, renameSync } from "node:fs";
import { compileOptions } from "./compile-options.ts";

mkdirSync("dist", { recursive: true });
const built = await Bun.build(compileOptions("dist/wpdaemon.new"));
if (!built.success) {
  for (const message of built.logs) console.error(message);
  process.exit(1);
}
// A running daemon keeps the file that it was started from.
renameSync("dist/wpdaemon.new", "dist/wpdaemon");
console.log(`dist/wpdaemon (${(Bun.file("dist/wpdaemon").size / 1e6).toFixed(0)} MB)`);
