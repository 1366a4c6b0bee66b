// `make bench`: what the daemon costs and how quick it is, in one run, as medians. With WPDAEMON_PEER naming another
// WpDaemon, the same for that one beside it. `--quick` tries it out, `--json` prints a document. Measures, never fails.

import { closeSync, copyFileSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { findWireproxies } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { measureDeaths } from "./deaths.ts";
import type { Figure } from "./figure.ts";
import { measureFootprint } from "./footprint.ts";
import { measureLatency } from "./latency.ts";
import { describeMachine } from "./machine.ts";
import { FULL, QUICK } from "./plan.ts";
import { pairFigures, toJson } from "./result.ts";
import type { Scene } from "./scene.ts";
import { measureSpins } from "./spin.ts";
import { measureStartup } from "./startup.ts";
import { ourSubject, peerSubject, type Subject } from "./subject.ts";
import { formatTable } from "./table.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const wireproxy = findWireproxies().at(-1);
if (wireproxy === undefined) throw new Error("no wireproxy and no stand-in: run make bench, which builds it");
using folder = temporaryFolder();
process.once("exit", () => folder[Symbol.dispose]());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const machine = describeMachine(wireproxy.kind);
await using farEnd = await startFarEnd();
const config = farEnd.config();
const configFile = join(folder.path, "bare.conf");
writeFileSync(configFile, config.text, { mode: 0o600 });
const scene: Scene = {
  plan: values.quick ? QUICK : FULL,
  ...{ farEnd, config, configFile, configName: "bench", wireproxy: wireproxy.path, tell },
};

const ours = await measure(ourSubject(snapshot(EXECUTABLE), folder.path, scene));
const peer = process.env["WPDAEMON_PEER"] || undefined;
const peers = peer === undefined ? [] : await measure(peerSubject(peer, folder.path, scene));
tell("");
const result = { machine, peer, rows: pairFigures(ours, peers) };
process.stdout.write(values.json ? `${toJson(result)}\n` : formatTable(result));

async function measure(subject: Subject): Promise<readonly Figure[]> {
  return [
    ...(await measureStartup(subject, scene)),
    ...(await measureSpins(subject, scene)),
    ...(await measureFootprint(subject, scene)),
    ...(await measureDeaths(subject, scene)),
    ...(await measureLatency(subject, scene)),
  ];
}

/** A copy, which no rebuild replaces and no other daemon runs; on the disk, or its pages could not be given back. */
function snapshot(executable: string): string {
  const copy = join(folder.path, "wpdaemon");
  copyFileSync(executable, copy);
  const descriptor = openSync(copy, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
  return copy;
}

/** One line that is written over on a terminal, lines of their own elsewhere. */
function tell(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
  else if (progress !== "") process.stderr.write(`${progress}\n`);
}
