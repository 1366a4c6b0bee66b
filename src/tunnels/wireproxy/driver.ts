import { basename } from "node:path";
import type { Audit } from "../../platform/audit.ts";
import { removeDeathPipe } from "../../platform/death-pipe.ts";
import { Failure } from "../../platform/failure.ts";
import {
  findHolder,
  formatAddress,
  type ListenAddress,
  listenersHeldBy,
  whyNotBindable,
} from "../../platform/listeners.ts";
import type { Paths } from "../../platform/paths.ts";
import {
  findProcessHolding,
  identifyProcess,
  isStillRunning,
  type ProcessIdentity,
} from "../../platform/process-identity.ts";
import type { ChildRecord, ChildRegister } from "../child-record.ts";
import type { TunnelDriver } from "../driver.ts";
import { superviseChild, watchAdopted } from "./child.ts";
import { loadStartableConfig } from "./config/startable-config.ts";
import type { ConfigStore } from "./config/store.ts";
import type { ProgramProvider } from "./program/provider.ts";
import type { VersionProbe } from "./program/version.ts";
import { closeSessionLog, pruneSessionLogs } from "./session-log.ts";
import { spawnChild } from "./spawn.ts";
import { createStartSpacing } from "./start-spacing.ts";

export interface DriverParts {
  readonly paths: Paths;
  readonly configs: ConfigStore;
  readonly program: ProgramProvider;
  readonly versions: VersionProbe;
  readonly register: ChildRegister;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly audit: Audit;
}

/** Tunnels that the program wireproxy carries, as a supervised child process. */
export function createWireproxyDriver(parts: DriverParts): TunnelDriver {
  const { paths, register, audit } = parts;
  const spacing = createStartSpacing();

  return {
    async launch(name, signal) {
      const configFile = parts.configs.find(name);
      const config = loadStartableConfig(configFile, parts.environment);
      for (const warning of config.warnings) audit("INFO", warning);
      const program = parts.program.current();
      await assertBindable(config.listeners);
      const version = await parts.versions(program);
      await spacing.waitForTurn(config.privateKeyFingerprint, signal);
      if (signal.aborted) throw new Failure("start-failed", "WireProxy failed to start: it was stopped meanwhile");
      const child = spawnChild(
        {
          program,
          version,
          config: basename(configFile),
          configFile,
          listeners: config.listeners,
          logs: paths.logs,
          pipes: paths.pipes,
          environment: parts.environment,
        },
        register,
      );
      audit("ACTION", `${name}: started process ${child.identity.pid}, log ${child.record.logFile}`);
      const inUse = register.list().map((record) => record.logFile);
      pruneSessionLogs(paths.logs, inUse);
      return superviseChild(child, register);
    },

    async adopt(record) {
      const identity = findAlive(record);
      if (identity === undefined) {
        closeSessionLog(record.logFile, "died", new Date());
        removeDeathPipe(record.pipe);
        register.remove(record.logFile);
        return undefined;
      }
      const complete = { ...record, process: identity };
      if (record.process === null) register.put(complete);
      const held = await listenersHeldBy(identity.pid, record.listeners);
      const way = superviseChild({ record: complete, identity, death: watchAdopted(record, identity) }, register);
      return { way, verified: held.length === record.listeners.length };
    },
  };
}

/** @throws Failure `address-in-use` naming the address and, where the system tells, who holds it. */
async function assertBindable(listeners: readonly ListenAddress[]): Promise<void> {
  for (const address of listeners) {
    const reason = await whyNotBindable(address);
    if (reason === undefined) continue;
    const shown = formatAddress(address);
    if (reason !== "EADDRINUSE") {
      throw new Failure("address-in-use", `cannot listen on ${shown}: ${reason}`, {
        hint: "choose a BindAddress of this machine and a port of 1024 or more",
      });
    }
    const holder = findHolder(address);
    throw new Failure(
      "address-in-use",
      `${shown} is already in use${holder === undefined ? "" : ` by process ${holder.pid} (${holder.name})`}`,
      { hint: "stop that program, or choose another BindAddress" },
    );
  }
}

/** A record without a process was written the moment before a spawn: whoever was spawned holds the pipe. */
function findAlive(record: ChildRecord): ProcessIdentity | undefined {
  if (record.process !== null) return isStillRunning(record.process) ? record.process : undefined;
  const pid = findProcessHolding(record.pipe);
  return pid === undefined ? undefined : identifyProcess(pid);
}
