import { basename, join } from "node:path";
import type { Environment } from "../../platform/environment.ts";
import { describeError, systemCode } from "../../platform/failure.ts";
import { makePrivateFolder, removeIfPossible } from "../../platform/files/files.ts";
import { createDeathPipe } from "../../platform/process/death-pipe.ts";
import { identifyProcess, type ProcessIdentity } from "../../platform/process/process-identity.ts";
import { withoutRuntimeOptions } from "../../platform/process/runtime-options.ts";
import type { ChildRecord, ChildRegister } from "../driver/child-record.ts";
import type { DriverParts } from "../driver/driver.ts";
import { closeSessionLog, createSessionLog, type SessionLog } from "../driver/session-log.ts";
import type { Child } from "./child.ts";
import { refusedBySystem } from "./start-failure.ts";

export interface SpawnRequest {
  readonly program: string;
  readonly version: string;
  /** What is known of it before it runs. */
  readonly record: Omit<ChildRecord, "logFile" | "pipe" | "program" | "startedAt" | "process">;
}

type SpawnParts = Pick<DriverParts, "paths" | "environment" | "register">;

/**
 * Starts the child in a process group of its own, its output appended to a new session log, its input empty, and gives
 * it once its identity is on disk.
 * @throws Failure `start-failed` where the system will not run the program (the log then says so), `file-unusable`.
 */
export function spawnChild({ program, version, record: facts }: SpawnRequest, parts: SpawnParts): Child {
  const { paths, register } = parts;
  const startedAt = new Date();
  const { config, configFile } = facts;
  const log = createSessionLog({ folder: paths.logs, config, configFile, version, startedAt });
  const record: ChildRecord = {
    ...facts,
    logFile: log.path,
    pipe: join(paths.pipes, `${basename(log.path)}.pipe`),
    program,
    startedAt: startedAt.getTime(),
    process: null,
  };
  try {
    makePrivateFolder(paths.pipes);
    register.put(record);
    const pipe = createDeathPipe(record.pipe);
    try {
      return recordIdentity(record, run(record, log, pipe.descriptor, parts.environment), register);
    } finally {
      pipe.release();
    }
  } catch (error) {
    closeSessionLog(log.path, "died-during-startup", new Date());
    removeIfPossible(record.pipe);
    register.remove(log.path);
    throw error;
  } finally {
    log.close();
  }
}

function run(record: ChildRecord, log: SessionLog, pipe: number, environment: Environment): Bun.Subprocess {
  const { program } = record;
  try {
    const child = Bun.spawn([program, ...argumentsOf(record)], {
      stdio: ["ignore", log.descriptor, log.descriptor, pipe],
      detached: true,
      env: childEnvironment(environment),
    });
    // The child may outlive this daemon; then the next one adopts it.
    child.unref();
    return child;
  } catch (error) {
    log.append(`cannot run ${program}: ${systemCode(error) ?? describeError(error)}\n`);
    throw refusedBySystem(log.path, program, error);
  }
}

/** What the program is started with. */
export function argumentsOf({ configFile, derivedFile, infoPort }: ChildRecord): readonly string[] {
  const health = infoPort === null ? [] : ["-i", `127.0.0.1:${infoPort}`];
  return ["-c", derivedFile ?? configFile, ...health];
}

/** A child that we could not find again after a crash must not live. */
function recordIdentity(record: ChildRecord, child: Bun.Subprocess, register: ChildRegister): Child {
  const identity = identifyProcess(child.pid);
  if (identity === undefined) {
    // Dead before we could look, or not to be looked at: either way its end is all there is to report.
    child.kill("SIGKILL");
    return { record, identity: nobody(child.pid), death: child.exited, isAdopted: false };
  }
  try {
    const complete = { ...record, process: identity };
    register.put(complete);
    return { record: complete, identity, death: child.exited, isAdopted: false };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** An identity that no process has, so that nothing is ever signalled by it. */
function nobody(pid: number): ProcessIdentity {
  return { pid, startTime: "", executable: "" };
}

/**
 * The whole environment, for configs may refer to it. Measured: `GOGC=10` keeps a Go program that has carried 600 MB at
 * 40 MB instead of 133, at the same speed.
 */
function childEnvironment(own: Environment): Record<string, string | undefined> {
  return { GOGC: "10", ...withoutRuntimeOptions(own) };
}
