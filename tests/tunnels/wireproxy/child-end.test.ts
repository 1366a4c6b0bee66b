import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { settlesWithin } from "../../../src/platform/waiting.ts";
import { superviseChild, watchAdopted } from "../../../src/tunnels/wireproxy/child.ts";
import { until } from "../../rig/until.ts";
import { createFakeRegister } from "../fake-driver.ts";
import { type FakeInstallation, installFakeProgram } from "./fake-program.ts";

/** Waits for its end, politely asked for or not, and says what it heard. */
const PATIENT =
  "#!/bin/sh\necho 'DEBUG: 2025/11/21 08:10:00 peer(AbCd…WxYz) - Received handshake response'\nexec sleep 60\n";
/** Does not end when it is asked politely. */
const STUBBORN = "#!/bin/sh\ntrap 'echo asked' TERM\necho ready\nwhile :; do sleep 0.05; done\n";

test("a way tells where it is to be found, as its record has it", async () => {
  using installation = installFakeProgram(PATIENT);
  const { running, register } = supervise(installation, { http: "127.0.0.1:8080", carrier: "eu.conf" });
  expect(running).toMatchObject({
    socks: `127.0.0.1:${installation.port}`,
    openSocks: `127.0.0.1:${installation.port}`,
    http: "127.0.0.1:8080",
    carrier: "eu.conf",
    ownAddress: true,
    startedAt: register.list()[0]?.startedAt ?? 0,
  });
  await running.stop();
});

test("a proxy that asks for a password is told, but not as an open one", async () => {
  using installation = installFakeProgram(PATIENT);
  const { running } = supervise(installation, { socksIsOpen: false });
  expect([running.socks, running.openSocks]).toEqual([`127.0.0.1:${installation.port}`, null]);
  await running.stop();
});

test("it is proven by what its log says, also where nobody looked before its end", async () => {
  using installation = installFakeProgram(PATIENT);
  const { running } = supervise(installation);
  await until("it has spoken", () => readFileSync(running.logFile, "utf8").includes("handshake response"));
  process.kill(running.pid, "SIGKILL");
  await running.ended;
  expect(running.isProven()).toBe(true);
});

test("the port for its counters is on its command line", async () => {
  using installation = installFakeProgram();
  const { running } = supervise(installation, { infoPort: 23_456 });
  await until("it has written", () => readFileSync(running.logFile, "utf8").includes("arguments"));
  expect(readFileSync(running.logFile, "utf8")).toContain(
    JSON.stringify(["-c", installation.record.configFile, "-i", "127.0.0.1:23456"]),
  );
  await running.stop();
});

describe("a config that was derived", () => {
  test("a config that was derived is what the program gets, and is gone once it listens", async () => {
    using installation = installFakeProgram();
    const derivedFile = join(installation.paths.logs, "derived.conf");
    writeFileSync(derivedFile, String(installation.port));
    const { running } = supervise(installation, { derivedFile, configFile: "/nowhere/us.conf" });
    await running.ready;
    expect(existsSync(derivedFile)).toBe(false);
    expect(readFileSync(running.logFile, "utf8")).toContain("Configuration File: /nowhere/us.conf");
    await running.stop();
  });

  test("a config that was derived is gone too where the program ends before it listens", async () => {
    using installation = installFakeProgram("#!/bin/sh\nexit 1\n");
    const derivedFile = join(installation.paths.logs, "derived.conf");
    writeFileSync(derivedFile, "x");
    const { running } = supervise(installation, { derivedFile });
    await running.ended;
    expect(existsSync(derivedFile)).toBe(false);
  });
});

describe("the end", () => {
  test("an end for a better process is told so in its log", async () => {
    using installation = installFakeProgram(PATIENT);
    const { running } = supervise(installation);
    await running.stop("network-drop");
    expect(await running.ended).toBe("network-drop");
    expect(readFileSync(running.logFile, "utf8")).toContain("Shutdown Method: Network drop detected - auto-terminated");
  });

  test("an end of one that does not listen to SIGTERM is forced", async () => {
    using installation = installFakeProgram(STUBBORN);
    const { running, register } = supervise(installation);
    await until("it listens to nobody", () => readFileSync(running.logFile, "utf8").includes("ready"));
    await running.stop();
    expect(await running.ended).toBe("killed");
    const text = readFileSync(running.logFile, "utf8");
    expect(text).toContain("asked");
    expect(text).toContain("Shutdown Method: Force killed");
    expect([register.list(), identifyProcess(running.pid)]).toEqual([[], undefined]);
  });
});

describe("letting go", () => {
  test("letting go leaves the process, its record and its log as they are, also after its end", async () => {
    using installation = installFakeProgram();
    const { running, register } = supervise(installation);
    await running.ready;
    const before = register.list();
    running.release();
    expect([running.isAlive(), register.list()]).toEqual([true, before]);
    process.kill(running.pid, "SIGKILL");
    await until("it is gone", () => identifyProcess(running.pid) === undefined);
    expect(await settlesWithin(running.ended, 100)).toBe(false);
    expect(readFileSync(running.logFile, "utf8")).not.toContain("Teardown");
    expect([register.list(), readdirSync(installation.paths.pipes).length]).toEqual([before, 1]);
  });

  test("a process that is let go before it listens is not told to listen any more", async () => {
    using installation = installFakeProgram(PATIENT);
    const { running } = supervise(installation);
    running.release();
    expect(await settlesWithin(running.ready, 50)).toBe(false);
    process.kill(running.pid, "SIGKILL");
    await until("it is gone", () => identifyProcess(running.pid) === undefined);
  });

  test("another daemon carries on with it, to the footer of its log", async () => {
    using installation = installFakeProgram();
    const { running, register } = supervise(installation);
    await running.ready;
    running.release();
    const [record] = register.list();
    if (record?.process == null) throw new Error("nothing is on record");
    const identity = record.process;
    const adopted = superviseChild(
      { record, identity, death: watchAdopted(record, identity), isAdopted: true },
      register,
    );
    await adopted.ready;
    expect([adopted.pid, adopted.logFile, adopted.isProven()]).toEqual([running.pid, running.logFile, true]);
    await adopted.stop();
    expect(await adopted.ended).toBe("graceful");
    expect(readFileSync(adopted.logFile, "utf8").match(/End of log/g)).toEqual(["End of log"]);
    expect([register.list(), readdirSync(installation.paths.pipes)]).toEqual([[], []]);
  });
});

function supervise(installation: FakeInstallation, changed: Parameters<FakeInstallation["spawn"]>[1] = {}) {
  const register = createFakeRegister();
  return { running: superviseChild(installation.spawn(register, changed), register), register };
}
