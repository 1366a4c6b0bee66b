import { expect, test } from "bun:test";
import { checkProcesses } from "../../../../src/cli/doctor/checks/processes.ts";
import type { Category, FoundProcess } from "../../../../src/cli/doctor/processes/classify-processes.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { childRecord } from "../../../rig/child-record.ts";
import { installation, SILENT } from "../circumstances.ts";

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
])("%s is %s", async (category, severity) => {
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
    { check: "processes", severity: "problem", message: "the processes cannot be listed", remedy: "mount /proc" },
  ]);
});

function example(category: Category): FoundProcess {
  const identity = { pid: 20, startTime: "1", executable: "/opt/wireproxy" };
  const shown = { name: "wireproxy", words: ["wireproxy"], ageMilliseconds: 1, isZombie: false, identity };
  return { pid: 20, parent: 1, user: 0, ...shown, category, evidence: "as seen" };
}
