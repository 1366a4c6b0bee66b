import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import { openFilesOf } from "../../../src/platform/process/proc.ts";
import { identifyProcess, isStillRunning } from "../../../src/platform/process/process-identity.ts";
import { settlesWithin } from "../../../src/platform/waiting.ts";
import { superviseChild, watchAdopted } from "../../../src/tunnels/wireproxy/child.ts";
import { failureOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { createFakeRegister } from "../fake-driver.ts";
import { installFakeProgram } from "./fake-program.ts";

/** Exits at once; it says so. */
const SHORT_LIVED = "#!/bin/sh\necho 'I refuse'\nexit 1\n";

test("a child is ready when it listens; stopped, it leaves a footer and nothing else", async () => {
  using installation = installFakeProgram();
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  await running.ready;
  expect(running.isAlive()).toBe(true);
  expect(register.list()).toMatchObject([
    { config: "us.conf", logFile: running.logFile, process: identifyProcess(running.pid) },
  ]);
  await running.stop();
  expect(await running.ended).toBe("graceful");
  expect(running.isAlive()).toBe(false);
  expect(readFileSync(running.logFile, "utf8")).toContain("Shutdown Method: Graceful termination");
  expect([register.list(), readdirSync(installation.paths.pipes)]).toEqual([[], []]);
});

test("the child gets the config, an environment of its own, and leads its own process group", async () => {
  using installation = installFakeProgram(undefined, { BUN_GC_TIMER_DISABLE: "1", OWN: "yes" });
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  await running.ready;
  await until("it has written", () => readFileSync(running.logFile, "utf8").includes("environment"));
  const text = readFileSync(running.logFile, "utf8");
  expect(text).toContain(`arguments ${JSON.stringify(["-c", installation.record.configFile])}`);
  expect(text).toContain("environment 10 undefined yes");
  if (process.platform === "linux") {
    const stat = readFileSync(`/proc/${running.pid}/stat`, "utf8");
    expect(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]).toBe(String(running.pid));
  }
  await running.stop();
});

test("a GOGC of the user's own is kept", async () => {
  using installation = installFakeProgram(undefined, { GOGC: "77" });
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  await until("it has written", () => readFileSync(running.logFile, "utf8").includes("environment 77"));
  await running.stop();
});

test("a child that is killed from outside has died, and its log says so", async () => {
  using installation = installFakeProgram();
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  await running.ready;
  process.kill(running.pid, "SIGKILL");
  expect(await running.ended).toBe("died");
  expect(readFileSync(running.logFile, "utf8")).toContain("Shutdown Method: Process died unexpectedly");
  expect([register.list(), readdirSync(installation.paths.pipes)]).toEqual([[], []]);
  await running.stop();
});

test("a child that exits at once died during startup; its log has header, output and footer", async () => {
  using installation = installFakeProgram(SHORT_LIVED);
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  expect(await running.ended).toBe("died-during-startup");
  expect(await settlesWithin(running.ready, 0)).toBe(false);
  const text = readFileSync(running.logFile, "utf8");
  const places = ["WireProxy Server Log", "I refuse", "Shutdown Method: Process died during startup"].map((part) =>
    text.indexOf(part),
  );
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places).not.toContain(-1);
  expect(register.list()).toEqual([]);
});

test("a stop joins the one under way", async () => {
  using installation = installFakeProgram();
  const register = createFakeRegister();
  const running = superviseChild(installation.spawn(register), register);
  await running.ready;
  await Promise.all([running.stop(), running.stop()]);
  expect(readFileSync(running.logFile, "utf8").match(/End of log/g)).toEqual(["End of log"]);
});

describe("a spawn that fails", () => {
  test("a spawn of a program that the system will not run names the log, which tells why and is closed", () => {
    using installation = installFakeProgram("#!/missing/interpreter\n");
    const register = createFakeRegister();
    const failure = failureOf(() => installation.spawn(register));
    const [name = ""] = readdirSync(installation.paths.logs);
    const path = `${installation.paths.logs}/${name}`;
    const why = `(the system does not run ${installation.program}: ENOENT)`;
    expect([failure.code, failure.message]).toEqual([
      "start-failed",
      `WireProxy failed to start. Check log: ${path} ${why}`,
    ]);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(`cannot run ${installation.program}: ENOENT`);
    expect(text).toContain("Process died during startup");
    expect([register.list(), readdirSync(installation.paths.pipes)]).toEqual([[], []]);
  });

  test("a spawn that fails because there can be no pipe ends its log, and keeps it no longer open", () => {
    using installation = installFakeProgram();
    mkdirSync(dirname(installation.paths.pipes), { recursive: true });
    writeFileSync(installation.paths.pipes, "");
    const register = createFakeRegister();
    expect(() => installation.spawn(register)).toThrow(installation.paths.pipes);
    const [name = ""] = readdirSync(installation.paths.logs);
    const path = join(installation.paths.logs, name);
    expect(readFileSync(path, "utf8")).toContain("Process died during startup");
    expect(openFilesOf(process.pid) ?? []).not.toContain(path);
    expect(register.list()).toEqual([]);
  });

  test("a spawn that fails because nothing can be recorded starts no process", () => {
    using installation = installFakeProgram();
    const register = {
      ...createFakeRegister(),
      put() {
        throw new Failure("file-unusable", "disk full");
      },
    };
    expect(failureOf(() => installation.spawn(register)).message).toBe("disk full");
    expect(existsSync(installation.paths.pipes) ? readdirSync(installation.paths.pipes) : []).toEqual([]);
  });

  test("a spawn that fails because its identity cannot be recorded leaves no process", async () => {
    using installation = installFakeProgram();
    const inner = createFakeRegister();
    let pid = 0;
    const register = {
      ...inner,
      put(record: Parameters<typeof inner.put>[0]) {
        if (record.process === null) return inner.put(record);
        pid = record.process.pid;
        throw new Failure("file-unusable", "disk full");
      },
    };
    expect(failureOf(() => installation.spawn(register)).message).toBe("disk full");
    expect(pid).toBeGreaterThan(0);
    await until("the child is gone", () => identifyProcess(pid) === undefined);
    expect(inner.list()).toEqual([]);
  });
});

test("a record is on the register before the child exists, and complete before anyone relies on it", () => {
  using installation = installFakeProgram(SHORT_LIVED);
  const inner = createFakeRegister();
  const seen: boolean[] = [];
  const register = {
    ...inner,
    put(record: Parameters<typeof inner.put>[0]) {
      seen.push(record.process !== null);
      inner.put(record);
    },
  };
  const child = installation.spawn(register);
  expect(seen[0]).toBe(false);
  // The child may have died before we could look.
  if (child.record.process !== null) expect(seen).toEqual([false, true]);
});

test("the death of an adopted child is noticed through its pipe", async () => {
  using installation = installFakeProgram();
  const child = installation.spawn(createFakeRegister());
  const death = watchAdopted(child.record, child.identity);
  expect(await settlesWithin(death, 50)).toBe(false);
  expect(isStillRunning(child.identity)).toBe(true);
  process.kill(child.identity.pid, "SIGKILL");
  await death;
  expect(isStillRunning(child.identity)).toBe(false);
});
