import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { checkDaemon, checkLock, checkSocket, checkStateFiles } from "../../../../src/cli/doctor/checks/daemon.ts";
import type { KnownDaemon } from "../../../../src/cli/doctor/known-daemon.ts";
import { Failure } from "../../../../src/platform/failure.ts";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { VERSION } from "../../../../src/platform/process/self.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

const current = { daemon: { ...DAEMON, version: VERSION }, tunnels: [] };

test("a daemon that serves, and one that was never started or stopped in order, are fine", async () => {
  expect(await severities({ ...SERVING, status: current })).toEqual(["ok"]);
  expect(await severities(SILENT)).toEqual(["ok"]);
  expect(await severities(ended("stopped", "cli-stop"))).toEqual(["ok"]);
});

test("one of another version is a warning that leads to the hand-over", async () => {
  const [, other] = await look({ ...SERVING, status: { daemon: { ...DAEMON, version: "1.9.9" }, tunnels: [] } });
  expect(other).toMatchObject({ severity: "warning", remedy: "let this one take over: wpdaemon restart" });
  expect(other?.message).toContain("1.9.9");
});

test("defects that have shown are a warning, and ends by one are problems that name the tunnel", async () => {
  const at = "2026-01-02T03:04:05.000Z";
  const faults = { byPart: { "line protocol": 2 }, last: { part: "line protocol", message: "a defect", at } };
  const ends = [
    { at, tunnel: "us-east", detail: "Error: one\n  at x" },
    { at, tunnel: null, detail: "Error: other" },
  ];
  const status = { ...current, daemon: { ...current.daemon, faults, ends } };
  const found = await look({ ...SERVING, status });
  expect(found.map(({ severity, message }) => [severity, message]).slice(-3)).toEqual([
    ["problem", `a daemon has ended by a fault of its own at ${at}, caused by the tunnel us-east: Error: one`],
    ["problem", `a daemon has ended by a fault of its own at ${at}: Error: other`],
    ["warning", "defects have shown: 2 in line protocol; the last: a defect"],
  ]);
});

test("one that crashed is a problem, with how to start and where the log is", async () => {
  const [crash] = await look(ended("crashed", "exception"));
  expect(crash?.severity).toBe("problem");
  expect(crash?.remedy).toContain("wpdaemon start");
  expect(crash?.remedy).toContain("wpdaemon/daemon.log");
});

test("one that does not answer, or whose state file cannot be read, is a problem with its own remedy", async () => {
  for (const code of ["timed-out", "daemon-unreachable", "permission-denied", "state-corrupt"] as const) {
    const [found] = await look({ ...SILENT, status: new Failure(code, "why", { hint: "what to do" }) });
    expect(found).toEqual({ severity: "problem", message: "why", remedy: "what to do" });
  }
});

test("a state file of another instance, or a corrupt one, beside a daemon that answers is a problem", async () => {
  expect(await severities({ ...SERVING, status: current, record: undefined })).toEqual(["ok", "problem"]);
  const corrupt = new Failure("state-corrupt", "it cannot be read");
  expect(await severities({ ...SERVING, status: current, record: corrupt })).toEqual(["ok", "problem"]);
});

function ended(state: string, stateReason: string): KnownDaemon {
  return {
    ...SILENT,
    status: new Failure("daemon-not-running", "the last one ended"),
    record: { process: undefined, instanceId: "i", state, stateReason, stateDetail: null, stateSince: undefined },
  };
}

async function look(daemon: KnownDaemon) {
  using home = installation();
  return await checkDaemon(home.see({ daemon }));
}

async function severities(daemon: KnownDaemon) {
  return (await look(daemon)).map(({ severity }) => severity);
}

test.each<[string, KnownDaemon, string, string]>([
  ["nobody's, without a daemon", SILENT, "ok", "nobody holds it"],
  ["the daemon's", SERVING, "ok", "the daemon holds it"],
  [
    "held without an answer",
    { ...SILENT, lock: { isHeld: true, holder: 7 } },
    "warning",
    "process 7 holds it, but does not answer",
  ],
  [
    "not the daemon's who answers",
    { ...SERVING, lock: { isHeld: true, holder: 7 } },
    "warning",
    `process ${DAEMON.pid}`,
  ],
  [
    "nobody's beside a daemon",
    { ...SERVING, lock: { isHeld: false, holder: undefined } },
    "problem",
    "a second one could start",
  ],
  ["unusable", { ...SILENT, lock: new Failure("file-unusable", "cannot use it") }, "problem", "cannot use it"],
])("doctor looks at a lock that is %s", async (_, daemon, severity, message) => {
  using home = installation();
  const [found, ...others] = await checkLock(home.see({ daemon }));
  expect(others).toEqual([]);
  expect(String(found?.severity)).toBe(severity);
  expect(found?.message).toContain(message);
});

test("a path that a socket cannot have is a problem; the longest that it can is fine", async () => {
  const rest = pathsBelow("/").control.length;
  const longest = pathsBelow(`/${"h".repeat(103 - rest - 1)}`);
  expect(longest.control).toHaveLength(103);
  expect(await checkSocket({ paths: longest })).toMatchObject([{ severity: "ok" }]);
  const [found] = await checkSocket({ paths: pathsBelow(`${longest.home}h`) });
  expect(found).toMatchObject({ severity: "problem" });
  expect(found?.message).toContain("104 bytes");
});

test("the length of a socket's path is counted in bytes", async () => {
  expect(await checkSocket({ paths: pathsBelow(`/${"é".repeat(50)}`) })).toMatchObject([{ severity: "problem" }]);
});

test("state files that were set aside are told, the one in use is not", async () => {
  using home = installation();
  writeFileSync(home.paths.state, "{}");
  expect(await checkStateFiles(home.see())).toMatchObject([{ severity: "ok" }]);
  writeFileSync(`${home.paths.state}.corrupt-17`, "{");
  const found = await checkStateFiles(home.see());
  expect(found).toMatchObject([{ severity: "warning" }]);
  expect(found[0]?.message).toEndWith("state.json.corrupt-17");
});
