import { expect, test } from "bun:test";
import { checkDaemon } from "../../../../src/cli/doctor/checks/daemon.ts";
import type { KnownDaemon } from "../../../../src/cli/doctor/known-daemon.ts";
import { Failure } from "../../../../src/platform/failure.ts";
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

test("one that crashed is a problem, with how to start and where the log is", async () => {
  const [crash] = await look(ended("crashed", "exception"));
  expect(crash?.severity).toBe("problem");
  expect(crash?.remedy).toContain("wpdaemon start");
  expect(crash?.remedy).toContain("wpdaemon/daemon.log");
});

test("one that does not answer, or whose state file cannot be read, is a problem with its own remedy", async () => {
  for (const code of ["timed-out", "daemon-unreachable", "permission-denied", "state-corrupt"] as const) {
    const [found] = await look({ ...SILENT, status: new Failure(code, "why", { hint: "what to do" }) });
    expect(found).toEqual({ check: "daemon", severity: "problem", message: "why", remedy: "what to do" });
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
