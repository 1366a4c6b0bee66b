// `make test`: every test, against the compiled program and real peers. Afterwards it looks for what a test may have left
// behind, says which wireproxy it used, and closes with one line of figures.

import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { findNativeLinksocks, goPeers } from "../tests/rig/linksocks-go.ts";
import { findProcesses } from "../tests/rig/processes.ts";
import { findWireproxies } from "../tests/rig/programs.ts";

const PREFIX = "wpdaemon-test-";

const foldersBefore = new Set(testFolders());
const run = Bun.spawn([process.execPath, "test", "--parallel", "--timeout", "60000", ...process.argv.slice(2)], {
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

const left = [
  ...findProcesses(PREFIX).map((pid) => `process ${pid} still runs`),
  ...testFolders()
    .filter((folder) => !foldersBefore.has(folder))
    .map((folder) => `the folder ${folder} is still there`),
];
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
console.log(`${passed} passed, ${failed + left.length} failed`);
process.exit(code !== 0 || left.length > 0 || passed === 0 ? 1 : 0);

function countOf(pattern: RegExp): number {
  return [...report.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}

function testFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
}
