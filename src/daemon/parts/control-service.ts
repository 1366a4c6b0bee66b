import { join } from "node:path";
import type { TunnelEntry } from "../../api/control/schemas.ts";
import type { ControlService } from "../../api/control/service.ts";
import type { EventBus } from "../../events/bus.ts";
import { Failure } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { tunnelNameOf } from "../../tunnels/config/names.ts";
import type { TunnelStatus } from "../../tunnels/life/tunnel-status.ts";
import { measureOwnMemory } from "../own-memory.ts";
import type { StateFile } from "../state/state-file.ts";
import type { Gate } from "../succession/gate.ts";
import type { HandOver } from "../succession/hand-over.ts";
import type { EventService } from "./events.ts";
import type { TunnelsRoom } from "./tunnels.ts";

/** A tunnel that is not ready by then is reported as it is; a person waits longer than Argus does. */
const UP_WITHIN_MS = 15_000;

export interface ControlServiceParts {
  readonly paths: Paths;
  readonly state: StateFile;
  readonly bus: EventBus;
  readonly events: Pick<EventService, "feed" | "status">;
  readonly version: string;
  readonly port: number;
  readonly gate: Gate;
  readonly handOver: HandOver;
  readonly room: () => Promise<TunnelsRoom>;
  readonly listConfigs: () => readonly string[];
  /** The wireproxy in use; null while none was found. */
  readonly program: () => string | null;
  readonly requests: () => Readonly<Record<string, number>>;
  readonly onStop: (reason: string) => void;
}

/** What the control door can ask of this daemon. */
export function createControlService(parts: ControlServiceParts): ControlService {
  const { state, paths, gate } = parts;
  const { feed } = parts.events;

  return {
    identity() {
      const { instanceId, state: word, startTimeIso } = state.current();
      return { instanceId, pid: process.pid, version: parts.version, state: word, startedAt: startTimeIso };
    },
    async status() {
      const { instanceId, state: word, stateReason, stateDetail, startTimeIso } = state.current();
      const daemon = {
        version: parts.version,
        implementation: "TypeScript",
        pid: process.pid,
        instanceId,
        state: word,
        stateReason,
        stateDetail,
        startedAt: startTimeIso,
        address: `127.0.0.1:${parts.port}`,
        home: paths.home,
        program: parts.program(),
        memory: measureOwnMemory(),
      };
      return { daemon, events: parts.events.status(), tunnels: await listTunnels() };
    },
    tunnels: listTunnels,
    tunnel: async (name) => describe(await parts.room(), (await parts.room()).manager.open(name).status()),
    up: (name) =>
      throughGate(async () => {
        const room = await parts.room();
        return describe(room, await room.manager.up(name, performance.now() + UP_WITHIN_MS));
      }),
    down: (name) =>
      throughGate(async () => {
        const room = await parts.room();
        return describe(room, await room.manager.open(name).stop());
      }),
    restartTunnel: (name) =>
      throughGate(async () => {
        const room = await parts.room();
        const tunnel = room.manager.open(name);
        if (tunnel.status().state === "idle") throw new Failure("not-running", `${name} is not up`);
        return describe(room, await tunnel.restart(performance.now() + UP_WITHIN_MS));
      }),
    configs: () => parts.listConfigs().map((file) => ({ name: tunnelNameOf(file), file: join(paths.configs, file) })),
    async logFile(name) {
      if (name === "audit") return paths.auditLog;
      if (name === "daemon") return paths.log;
      return (await parts.room()).manager.open(name).status().log ?? undefined;
    },
    subscribe: (listener) => parts.bus.subscribe(listener),
    publish: (events, key) => throughGate(() => feed.publish(events, key)),
    replay: (seq) => feed.replay(seq),
    lastSeq: () => feed.lastSeq,
    subscribeFeed: (listener) => feed.subscribe(listener),
    requests: parts.requests,
    stop: parts.onStop,
    handOver: (program) => parts.handOver.begin(program),
    letGo: (claim) => parts.handOver.letGo(claim),
    taken: (claim) => parts.handOver.taken(claim),
  };

  async function listTunnels(): Promise<TunnelEntry[]> {
    const room = await parts.room();
    return room.manager
      .list()
      .filter((tunnel) => tunnel.status().state !== "idle" || tunnel.status().log !== null)
      .map((tunnel) => describe(room, tunnel.status()));
  }

  function throughGate<Result>(run: () => Promise<Result>): Promise<Result> {
    return gate.pass(run, async () => {
      throw new Failure("handover-failed", "another daemon has just taken over", { hint: "ask again" });
    });
  }
}

function describe(room: TunnelsRoom, status: TunnelStatus): TunnelEntry {
  return { ...status, slot: room.slot.occupant() === status.config };
}
