// `make bench`: what the daemon costs and how quick it is, in one run, as medians. With WPDAEMON_PEER naming another
// WpDaemon, the same for that one beside it; LinkSocks and the event stream beside what people use otherwise. `--quick`
// tries it out, `--only` measures one thing, `--json` prints a document. Measures, never fails.

import { closeSync, copyFileSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { findWireproxies } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { measureDeaths } from "./deaths.ts";
import { measureEvents } from "./events/events.ts";
import { FULL as FULL_EVENTS, QUICK as QUICK_EVENTS } from "./events/plan.ts";
import type { Figure } from "./figure.ts";
import { measureFootprint } from "./footprint.ts";
import { measureLatency } from "./latency.ts";
import { measureLinksocks } from "./linksocks/linksocks.ts";
import { FULL as FULL_LINKSOCKS, QUICK as QUICK_LINKSOCKS } from "./linksocks/plan.ts";
import { measureLoad } from "./load/load.ts";
import { FULL as FULL_LOAD, QUICK as QUICK_LOAD } from "./load/plan.ts";
import { describeMachine } from "./machine.ts";
import { FULL, QUICK } from "./plan.ts";
import { FULL as FULL_PROXIES, measureProxies, QUICK as QUICK_PROXIES } from "./proxies/proxies.ts";
import { measureRecovery } from "./recovery.ts";
import { pairFigures, toJson } from "./result.ts";
import type { Scene } from "./scene.ts";
import { measureSpins } from "./spin.ts";
import { measureStartup } from "./startup.ts";
import { ourSubject, peerSubject } from "./subject.ts";
import { formatTable } from "./table.ts";
import { measureThreeTunnels } from "./three-tunnels.ts";

/** What any WpDaemon can be asked for. */
const COMMON = {
  startup: measureStartup,
  spins: measureSpins,
  footprint: measureFootprint,
  deaths: measureDeaths,
  latency: measureLatency,
} as const;

/** What ours alone does. */
const OWN = { several: measureThreeTunnels, recovery: measureRecovery } as const;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const names = [...Object.keys(COMMON), ...Object.keys(OWN), "linksocks", "events", "load", "proxies"];
if (values.only !== undefined && !names.includes(values.only)) throw new Error(`--only knows ${names.join(", ")}`);
const needsWireproxy = !["linksocks", "events", "load", "proxies"].includes(values.only ?? "");
const wireproxy = needsWireproxy ? findWireproxies().at(-1) : undefined;
using folder = temporaryFolder();
process.once("exit", () => folder[Symbol.dispose]());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const machine = describeMachine(wireproxy?.kind);
const executable = snapshot(EXECUTABLE);
const peer = process.env["WPDAEMON_PEER"] || undefined;
const daemons = needsWireproxy ? await measureDaemons() : { ours: [], peers: [] };
const links = await measure({ linksocks: measureLinksocks }, (run) =>
  run({ executable, folder: folder.path }, values.quick ? QUICK_LINKSOCKS : FULL_LINKSOCKS, tell),
);
const streams = await measure({ events: measureEvents }, (run) =>
  run({ executable, folder: folder.path }, values.quick ? QUICK_EVENTS : FULL_EVENTS, tell),
);
const loads = await measure({ load: measureLoad }, (run) =>
  run({ executable, folder: folder.path }, values.quick ? QUICK_LOAD : FULL_LOAD, tell),
);
const proxies = await measure({ proxies: measureProxies }, (run) =>
  run(folder.path, values.quick ? QUICK_PROXIES : FULL_PROXIES, tell),
);
tell("");
const result = {
  machine,
  peer,
  rows: pairFigures([...daemons.ours, ...links, ...streams, ...loads, ...proxies], daemons.peers),
};
process.stdout.write(values.json ? `${toJson(result)}\n` : formatTable(result));

/** Ours and, where there is one, the other, with tunnels to a far end. */
async function measureDaemons(): Promise<{ readonly ours: readonly Figure[]; readonly peers: readonly Figure[] }> {
  if (wireproxy === undefined) throw new Error("no wireproxy and no stand-in: run make bench, which builds it");
  await using farEnd = await startFarEnd();
  const config = farEnd.config();
  const configFile = join(folder.path, "bare.conf");
  writeFileSync(configFile, config.text, { mode: 0o600 });
  const scene: Scene = {
    plan: values.quick ? QUICK : FULL,
    ...{ farEnd, config, configFile, configName: "bench", wireproxy: wireproxy.path, tell },
  };
  const own = { executable, wireproxy: wireproxy.path, folder: folder.path };
  const ours = [
    ...(await measure(COMMON, (run) => run(ourSubject(executable, folder.path, scene), scene))),
    ...(await measure(OWN, (run) => run(own, scene))),
  ];
  const peers =
    peer === undefined ? [] : await measure(COMMON, (run) => run(peerSubject(peer, folder.path, scene), scene));
  return { ours, peers };
}

/** One after the other; all of them, or the one that was asked for. */
async function measure<Run>(
  runs: Readonly<Record<string, Run>>,
  call: (run: Run) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [name, run] of Object.entries(runs)) {
    if (values.only === undefined || values.only === name) figures.push(...(await call(run)));
  }
  return figures;
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
