import { formatHostAndPort, parseHostAndPort } from "../../net/host-and-port.ts";
import type { ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import { attemptOr, Failure } from "../../platform/failure.ts";
import { removeIfPossible } from "../../platform/files/files.ts";
import { listenersHeldBy } from "../../platform/network/listeners.ts";
import {
  findHiddenProcess,
  findProcessHolding,
  holdsFile,
  identifyProcess,
  isStillRunning,
  type ProcessIdentity,
} from "../../platform/process/process-identity.ts";
import { partOf } from "../config/store/names.ts";
import { loadWaysIn } from "../config/tunnel-config.ts";
import { type ChildRecord, isOwnRecord } from "../driver/child-record.ts";
import type { DriverParts, LaunchRequest, RunningTunnel, TunnelDriver } from "../driver/driver.ts";
import { pruneSessionLogs } from "../driver/session-log.ts";
import { buryChild, superviseChild, watchAdopted } from "./child.ts";
import { fingerprintOf } from "./config/wireguard-sections.ts";
import { writeDerivedConfig } from "./derived-file.ts";
import { closeWith, openAnyHttpPort, openHttpPort } from "./http-port.ts";
import { type PreparedStart, prepareStart } from "./prepare-start.ts";
import type { ProgramProvider } from "./program/provider.ts";
import type { VersionProbe } from "./program/version.ts";
import { argumentsOf, spawnChild } from "./spawn.ts";
import { createStartSpacing } from "./start-spacing.ts";

export interface WireproxyDriverParts extends DriverParts {
  readonly program: Pick<ProgramProvider, "current">;
  readonly versions: VersionProbe;
  /** Whether wireproxy is asked for its counters, which any program of this machine can read then. */
  readonly usesInfoPort: boolean;
}

/** Tunnels that the program wireproxy carries, as a supervised child process. */
export function createWireproxyDriver(parts: WireproxyDriverParts): Required<TunnelDriver> {
  const { paths, register, claims, audit } = parts;
  const waitForTurn = createStartSpacing();
  const httpPorts = new Map<string, number>();
  const tellBound = (text: string) => audit("ERROR", text);

  return {
    // What is claimed stays so between two processes of one tunnel, or another might take its port meanwhile.
    launch: async (request) => launchPrepared(request, await prepareStart(request, parts)),
    async adopt(record) {
      if (!isOwnRecord(record, paths)) {
        audit("ERROR", `the state file speaks of files that are none of ours, and is not followed: ${record.config}`);
        register.remove(record.logFile);
        return undefined;
      }
      const identity = findAlive(record);
      if (identity === undefined) {
        buryChild(record, "died", register);
        return undefined;
      }
      const complete = { ...record, process: identity };
      if (record.process === null) register.put(complete);
      const held = await listenersHeldBy(identity.pid, record.listeners);
      const child = { record: complete, identity, death: watchAdopted(record, identity), isAdopted: true };
      const running = superviseChild(child, register, parts.environment, tellBound);
      return { running: await reopenHttp(running, complete), verified: held.length === record.listeners.length };
    },
  };

  async function launchPrepared(request: LaunchRequest, prepared: PreparedStart): Promise<RunningTunnel> {
    const { config: name, signal } = request;
    const { config } = prepared;
    for (const warning of config.warnings) audit("INFO", warning);
    const { takenListenPort } = prepared;
    if (takenListenPort !== undefined)
      audit("INFO", `${name}: ListenPort ${takenListenPort} is taken; it gets another one`);
    const program = parts.program.current();
    const version = await parts.versions(program);
    const infoPort = parts.usesInfoPort && hasInfoServer(version) ? await claims.claimInfoPort(name) : undefined;
    await waitForTurn(fingerprintOf(config.wayOut), signal);
    if (signal.aborted) throw new Failure("start-failed", "WireProxy failed to start: it was stopped meanwhile");
    const derivedFile =
      prepared.derived === undefined ? null : writeDerivedConfig(paths.derived, name, prepared.derived);
    const record = {
      config: name,
      configFile: prepared.configFile,
      derivedFile,
      listeners: config.listeners.map(({ transport, host, port }) => ({ transport, host, port })),
      endpoints: config.peers.map(({ host }) => host),
      socks: prepared.socks === undefined ? null : formatHostAndPort(prepared.socks),
      socksIsOpen: prepared.socks?.protected === false,
      http: prepared.http === undefined ? null : formatHostAndPort(prepared.http),
      infoPort: infoPort ?? null,
      carrier: request.carrier,
      ownAddress: prepared.ownAddress,
    };
    const door = prepared.http === undefined ? await openHttp(name, prepared) : undefined;
    if (door !== undefined) record.http = `127.0.0.1:${door.port}`;
    try {
      const child = spawnChild({ program, version, record }, parts);
      audit("ACTION", `${name}: started process ${child.identity.pid}, log ${child.record.logFile}`);
      pruneSessionLogs(paths.logs, [...parts.logsInUse, ...register.list().map((record) => record.logFile)]);
      const running = superviseChild(child, register, parts.environment, tellBound);
      return door === undefined ? running : closeWith(running, door, partOf(name));
    } catch (error) {
      door?.stop();
      if (derivedFile !== null) removeIfPossible(derivedFile);
      throw error;
    }
  }

  /** The tunnel's HTTP proxy, where its config has none of its own. */
  async function openHttp(name: string, { socks }: PreparedStart) {
    if (socks === undefined) return undefined;
    const credentials = socks.credentials.reveal();
    const child = { address: formatHostAndPort(socks), credentials, part: partOf(name) };
    const door = await openAnyHttpPort(child, httpPorts.get(name), claims, name);
    if (door !== undefined) httpPorts.set(name, door.port);
    return door;
  }

  /** Opens the HTTP port that a former daemon had for the child: programs know it by now. */
  async function reopenHttp(running: RunningTunnel, record: ChildRecord): Promise<RunningTunnel> {
    const { socks, http, listeners, config: name } = record;
    const address = parseHostAndPort(http ?? "");
    if (socks === null || address === undefined || listeners.some(({ port }) => port === address.port)) return running;
    const credentials = attemptOr(undefined, () => findCredentials(record));
    if (credentials === undefined) return { ...running, http: null };
    const child = { address: socks, credentials, part: partOf(name) };
    const door = openHttpPort(address.port, child) ?? (await openAnyHttpPort(child, undefined, claims, name));
    if (door === undefined) return { ...running, http: null };
    httpPorts.set(name, door.port);
    return closeWith(running, door, partOf(name));
  }

  /** What the child's SOCKS asks for is in its config alone. */
  function findCredentials({ socksIsOpen, configFile }: ChildRecord): ProxyCredentials {
    if (socksIsOpen) return { username: "", password: "" };
    const { listeners } = loadWaysIn(configFile, parts);
    return listeners.find(({ kind }) => kind === "socks5")?.credentials.reveal() ?? { username: "", password: "" };
  }
}

/** Older programs may not know `-i`, and would not start with it; 1.0.9 does. */
function hasInfoServer(version: string): boolean {
  const found = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(version);
  const [major = 0, minor = 0, patch = 0] = (found ?? []).slice(1).map(Number);
  return major > 1 || (major === 1 && (minor > 0 || patch >= 9));
}

/** A record without a process was written the moment before a spawn: whoever was spawned holds the pipe. */
function findAlive(record: ChildRecord): ProcessIdentity | undefined {
  // The number of a stranger may stand there; a child of ours has its pipe open, where that can be seen.
  if (record.process !== null) {
    const { process: known, pipe } = record;
    return isStillRunning(known) && holdsFile(known.pid, pipe) !== false ? known : undefined;
  }
  const pid = findProcessHolding(record.pipe) ?? findHiddenProcess(argumentsOf(record));
  return pid === undefined ? undefined : identifyProcess(pid);
}
