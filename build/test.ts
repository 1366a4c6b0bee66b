// `make test`: every test, against the compiled program and real peers. Afterwards it looks for what a test may have left
// behind, says which wireproxy it used, and closes with one line of figures.

import { findNativeLinksocks, goPeers } from "../tests/rig/linksocks-go.ts";
import { findWireproxies } from "../tests/rig/programs.ts";
import { watchForLeftovers } from "./left-behind.ts";

const watch = watchForLeftovers();
const run = Bun.spawn([process.execPath, "test", "--parallel", ...process.argv.slice(2)], {
  env: { ...process.env, ...watch.environment },
  stdout: "inherit",
  stderr: "pipe",
});
let report = "";
const decoder = new TextDecoder();
for await (const chunk of run.stderr) {
  process.stderr.write(chunk);
  report += decoder.decode(chunk, { stream: true });
}
const code = await run.exited;
const passed = countOf(/^\s*(\d+) pass$/gm);
const failed = countOf(/^\s*(\d+) fail$/gm);
const skipped = countOf(/^\s*(\d+) skip$/gm);

const left = watch.whatIsLeft();
for (const line of left) console.log(`left behind: ${line}`);
for (const { kind, path } of findWireproxies()) console.log(`wireproxy used: ${kind}, ${path}`);
if (findWireproxies().length === 1) {
  console.log("no real wireproxy on PATH or named by WPDAEMON_WIREPROXY: the life cycle ran on the stand-in alone");
}
console.log(
  `LinkSocks used: ${goPeers()
    .map(({ name }) => name)
    .join(", ")}`,
);
if (findNativeLinksocks() === undefined) console.log("no linksocks on PATH or named by WPDAEMON_LINKSOCKS");
console.log(`${passed} passed, ${skipped} skipped, ${failed + left.length} failed`);
process.exit(code !== 0 || left.length > 0 || passed === 0 ? 1 : 0);

function countOf(pattern: RegExp): number {
  return [...report.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}
