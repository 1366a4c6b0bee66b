import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DaemonEntry, EventsEntry, TunnelEntry } from "../../api/control/schemas.ts";
import type { ControlService } from "../../api/control/service.ts";
import type { EventBus } from "../../events/bus.ts";
import type { EventFeed } from "../../events/feed.ts";
import { countFaults } from "../../platform/containment.ts";
import { Failure } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { LOOP_WATCH, type LoopTurn } from "../../platform/loop-watch.ts";
import { measureMemory } from "../../platform/memory/measure-memory.ts";
import { ownExecutable } from "../../platform/process/self.ts";
import { tunnelNameOf } from "../../tunnels/config/store/names.ts";
import type { ConfigStore } from "../../tunnels/config/store/store.ts";
import type { TunnelStatus } from "../../tunnels/life/status.ts";
import type { ProgramProvider } from "../../tunnels/wireproxy/program/provider.ts";
import type { StateDocument } from "../state/state-document.ts";
import type { StateFile } from "../state/state-file.ts";
import type { Gate } from "../succession/gate.ts";
import type { HandOver } from "../succession/hand-over.ts";
import type { OpenEndpoints } from "./open-endpoints.ts";
import type { OpenTunnels } from "./open-tunnels.ts";

/** A tunnel that is not ready by then is reported as it is; a person waits longer than Argus does. */
const UP_WITHIN_MS = 15_000;
/** Two tries of a handshake, 5 s apart. */
const PROVE_WITHIN_MS = 8_000;

interface ControlServiceParts {
  readonly paths: Paths;
  readonly state: StateFile;
  readonly bus: EventBus;
  readonly events: { feed(): EventFeed; status(): EventsEntry };
  readonly version: string;
  /** Of the line protocol. */
  readonly port: number;
  readonly gate: Gate;
  readonly handOver: () => Promise<HandOver>;
  readonly tunnels: { opened(): Promise<OpenTunnels>; configs(): Promise<ConfigStore> };
  readonly program: ProgramProvider["status"];
  readonly hasNewerProgram: () => boolean;
  readonly requests: () => Readonly<Record<string, number>>;
  readonly onStop: (reason: string) => void;
  readonly endpoints: { opened(): OpenEndpoints | undefined };
}

/** What the control API can ask of this daemon. */
export function createControlService(parts: ControlServiceParts): ControlService {
  const { state, paths, gate } = parts;
  const feed = parts.events.feed();

  return {
    identity() {
      const { instanceId, state: word, startTimeIso } = state.current();
      return { instanceId, pid: process.pid, version: parts.version, state: word, startedAt: startTimeIso };
    },
    async status() {
      const { instanceId, state: word, stateReason, stateDetail, startTimeIso } = state.current();
      const program = parts.program();
      const daemon = {
        version: parts.version,
        implementation: "TypeScript",
        pid: process.pid,
        instanceId,
        state: word,
        stateReason,
        stateDetail: [stateDetail, missProgram(ownExecutable())].filter((text) => text !== null).join("; ") || null,
        startedAt: startTimeIso,
        address: `127.0.0.1:${parts.port}`,
        home: paths.home,
        program: program.program,
        programDownload: program.download,
        programFault: program.fault,
        newerProgram: parts.hasNewerProgram(),
        memory: measureMemory(process.pid) ?? { residentBytes: process.memoryUsage.rss(), anonymousBytes: 0 },
        ...describeTrouble(state.current().ends),
      };
      const endpoints = parts.endpoints.opened()?.describe();
      const tunnels = await listTunnels();
      return { daemon, events: parts.events.status(), tunnels, ...(endpoints === undefined ? {} : { endpoints }) };
    },
    tunnels: listTunnels,
    async tunnel(name) {
      const open = await parts.tunnels.opened();
      return describe(open.manager.open(name).status(), open);
    },
    up: (name) => change(({ manager }) => manager.up(name, performance.now() + UP_WITHIN_MS)),
    async prove(name) {
      const open = await parts.tunnels.opened();
      return describe(await open.manager.open(name).prove(performance.now() + PROVE_WITHIN_MS), open);
    },
    down: (name) => change(({ manager }) => manager.open(name).stop()),
    restartTunnel: (name) =>
      change(async ({ manager }) => {
        const tunnel = manager.open(name);
        if (tunnel.status().state === "idle") throw new Failure("not-running", `${name} is not up`);
        return await tunnel.restart(performance.now() + UP_WITHIN_MS);
      }),
    async configs() {
      const names = (await parts.tunnels.configs()).list();
      return names.map((file) => ({ name: tunnelNameOf(file), file: join(paths.configs, file) }));
    },
    async logFile(name) {
      if (name === "audit") return paths.auditLog;
      if (name === "daemon") return paths.log;
      return (await parts.tunnels.opened()).manager.open(name).status().log ?? undefined;
    },
    subscribe: (listener) => parts.bus.subscribe(listener),
    publish: (events, key) => throughGate(() => feed.publish(events, key)),
    replay: (seq) => feed.replay(seq),
    subscribeFeed: (listener) => feed.subscribe(listener),
    sessions: state.sessions,
    endpoints: parts.endpoints.opened,
    requests: parts.requests,
    stop: parts.onStop,
    handOver: async (program) => (await parts.handOver()).begin(program),
    letGo: async (claim) => (await parts.handOver()).letGo(claim),
    taken: async (claim) => (await parts.handOver()).taken(claim),
  };
  async function listTunnels(): Promise<TunnelEntry[]> {
    const open = await parts.tunnels.opened();
    return open.manager
      .list()
      .filter((tunnel) => tunnel.status().state !== "idle" || tunnel.status().log !== null)
      .map((tunnel) => describe(tunnel.status(), open));
  }

  /** Runs what changes a tunnel, and describes what came of it. */
  function change(run: (open: OpenTunnels) => Promise<TunnelStatus>): Promise<TunnelEntry> {
    return throughGate(async () => {
      const open = await parts.tunnels.opened();
      return describe(await run(open), open);
    });
  }

  function throughGate<Result>(run: () => Promise<Result>): Promise<Result> {
    return gate.pass(run, async () => {
      throw new Failure("handover-failed", "another daemon has just taken over", { hint: "ask again" });
    });
  }
}

/** What went wrong with this daemon and those before it, and who made others wait. */
function describeTrouble(ends: StateDocument["ends"]): Pick<DaemonEntry, "loop" | "faults" | "ends"> {
  const { sinceStart, recent } = LOOP_WATCH.longest();
  const { byPart, last } = countFaults();
  return {
    loop: { longestTurn: describeTurn(sinceStart), recentTurn: describeTurn(recent) },
    faults: {
      byPart: Object.fromEntries(byPart),
      last: last === undefined ? null : { part: last.part, message: last.message, at: new Date(last.at).toISOString() },
    },
    ends: ends.map(({ at, config, detail }) => ({ at, tunnel: config === null ? null : tunnelNameOf(config), detail })),
  };
}

function describeTurn(turn: LoopTurn | undefined) {
  return turn === undefined ? null : { ...turn, at: new Date(turn.at).toISOString() };
}

/** A daemon whose program was deleted goes on, but cannot be replaced by itself. */
function missProgram(executable: string | undefined): string | null {
  if (executable === undefined || existsSync(executable)) return null;
  return `its program ${executable} is gone: it goes on, and an installed one takes over with wpdaemon restart`;
}

function describe(status: TunnelStatus, { slot }: OpenTunnels): TunnelEntry {
  return { ...status, slot: slot.occupant() === status.config };
}
