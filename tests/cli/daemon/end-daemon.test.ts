import { expect, test } from "bun:test";
import { unlinkSync } from "node:fs";
import { createControlClient } from "../../../src/cli/daemon/control-client.ts";
import { endDaemon } from "../../../src/cli/daemon/end-daemon.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { startStubDaemon, writeRecord } from "./stub-daemon.ts";

const SOON = { request: 100, SIGTERM: 100, SIGKILL: 10_000 };

test("a daemon that heeds the request gets no signal", async () => {
  await using child = await startProcess();
  const end = () => {
    child.process.kill("SIGINT");
    return {};
  };
  using stub = startStubDaemon({ daemon: { pid: child.process.pid }, routes: { "POST /v1/stop": end } });
  const limits = { ...SOON, request: 10_000 };
  expect(await endDaemon(createControlClient(stub.paths), stub.paths, limits)).toEqual({
    pid: child.process.pid,
    step: "request",
  });
  await child.process.exited;
  expect(child.process.signalCode).toBe("SIGINT");
});

test("one that does not heed the request is ended by SIGTERM", async () => {
  await using child = await startProcess();
  using stub = startStubDaemon({ daemon: { pid: child.process.pid }, routes: { "POST /v1/stop": () => ({}) } });
  const limits = { ...SOON, SIGTERM: 10_000 };
  expect((await endDaemon(createControlClient(stub.paths), stub.paths, limits)).step).toBe("SIGTERM");
  await child.process.exited;
  expect(child.process.signalCode).toBe("SIGTERM");
  expect(stub.requests).toContainEqual(["POST /v1/stop"]);
});

test("a daemon that ignores SIGTERM is killed", async () => {
  await using child = await startProcess("trap '' TERM;");
  using stub = startStubDaemon({ daemon: { pid: child.process.pid } });
  expect((await endDaemon(createControlClient(stub.paths), stub.paths, SOON)).step).toBe("SIGKILL");
  await child.process.exited;
  expect(child.process.signalCode).toBe("SIGKILL");
});

test("one that does not answer is signalled where the record is its own, by start time", async () => {
  using stub = startStubDaemon({});
  stub.stop();
  await using child = await startProcess(`exec 9>>'${stub.paths.lock}';`);
  const { pid } = child.process;
  writeRecord(stub.paths, { ...RECORD, process: identifyProcess(pid) });
  const limits = { ...SOON, SIGTERM: 10_000 };
  expect(await endDaemon(createControlClient(stub.paths), stub.paths, limits)).toEqual({ pid, step: "SIGTERM" });
});

test("a stranger whose number and start time somebody wrote into the record is left alone", async () => {
  await using child = await startProcess();
  using stub = startStubDaemon({});
  stub.stop();
  writeRecord(stub.paths, { ...RECORD, process: identifyProcess(child.process.pid) });
  const failure = await rejectionOf(endDaemon(createControlClient(stub.paths), stub.paths, SOON));
  expect(failure.code).toBe("state-corrupt");
  expect(identifyProcess(child.process.pid)).toBeDefined();
});

test("a later process with the recorded number is left alone", async () => {
  await using child = await startProcess();
  using stub = startStubDaemon({});
  stub.stop();
  writeRecord(stub.paths, { ...RECORD, process: { ...identifyProcess(child.process.pid), startTime: "of another" } });
  const failure = await rejectionOf(endDaemon(createControlClient(stub.paths), stub.paths, SOON));
  expect(failure.code).toBe("daemon-not-running");
  expect(identifyProcess(child.process.pid)).toBeDefined();
  unlinkSync(stub.paths.state);
  const none = await rejectionOf(endDaemon(createControlClient(stub.paths), stub.paths, SOON));
  expect(none.code).toBe("daemon-not-started");
});

const RECORD = { instanceId: "i", state: "running", stateReason: "ready" };

/** A process that lives until it is signalled; it runs when the call resolves. */
async function startProcess(prologue = "") {
  const child = Bun.spawn(["sh", "-c", `${prologue} echo ready; read line`], { stdin: "pipe", stdout: "pipe" });
  await child.stdout.getReader().read();
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
