import { expect, test } from "bun:test";
import { checkProcesses, checkTunnels } from "../../../../src/cli/doctor/checks/tunnels.ts";
import type { Category, FoundProcess } from "../../../../src/cli/doctor/processes/classify-processes.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { childRecord } from "../../../rig/child-record.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { DAEMON, IDLE } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

test("what is down or has failed is a problem with its reason and action, what is degraded a warning", async () => {
  using home = installation();
  const tunnels = [
    US_EAST,
    IDLE,
    { ...US_EAST, name: "a", health: "down", reason: "no answer", action: "look at its endpoint" } as const,
    { ...IDLE, name: "b", state: "failed", reason: "it would not start" } as const,
    { ...US_EAST, name: "c", health: "degraded", reason: "slow", action: null } as const,
  ];
  const daemon = { ...SERVING, status: { daemon: DAEMON, tunnels } };
  expect(await checkTunnels(home.see({ daemon }))).toEqual([
    { severity: "ok", message: "1 of 5 are healthy", remedy: null },
    { severity: "problem", message: "a is running, down: no answer", remedy: "look at its endpoint" },
    {
      severity: "problem",
      message: "b is failed, idle: it would not start",
      remedy: "wpdaemon logs b tells more",
    },
    { severity: "warning", message: "c is running, degraded: slow", remedy: null },
  ]);
});

test("doctor says nothing about tunnels without a daemon", async () => {
  using home = installation();
  expect(await checkTunnels(home.see())).toEqual([]);
});

test.each<[Category, string]>([
  ["self", "ok"],
  ["daemon-current", "ok"],
  ["tunnel-tracked", "ok"],
  ["daemon-changing", "ok"],
  ["tunnel-foreign", "warning"],
  ["version-check-stuck", "warning"],
  ["zombie", "warning"],
  ["tunnel-orphan", "problem"],
  ["daemon-stale", "problem"],
])("doctor finds a process of the category %s %s", async (category, severity) => {
  using home = installation();
  const found = await checkProcesses(home.see({ processes: [example(category)] }));
  expect(found.map((diagnosis): string => diagnosis.severity)).toEqual([severity]);
});

test("one that the next daemon takes over is only a warning, and the remedy says so", async () => {
  using home = installation();
  const process = { pid: 20, startTime: "1", executable: "/opt/wireproxy" };
  const daemon = { ...SILENT, children: [childRecord({ process })] };
  const [found] = await checkProcesses(home.see({ processes: [example("tunnel-orphan")], daemon }));
  expect(found).toMatchObject({ severity: "warning" });
  expect(found?.remedy).toBe("wpdaemon start takes it over; wpdaemon doctor clean ends it");
});

test("processes that cannot be listed are a problem, not none", async () => {
  using home = installation();
  const processes = new Failure("platform-unsupported", "the processes cannot be listed", { hint: "mount /proc" });
  expect(await checkProcesses(home.see({ processes }))).toEqual([
    { severity: "problem", message: "the processes cannot be listed", remedy: "mount /proc" },
  ]);
});

function example(category: Category): FoundProcess {
  const identity = { pid: 20, startTime: "1", executable: "/opt/wireproxy" };
  const shown = { name: "wireproxy", words: ["wireproxy"], ageMilliseconds: 1, isZombie: false, identity };
  return { pid: 20, parent: 1, user: 0, ...shown, category, evidence: "as seen" };
}
