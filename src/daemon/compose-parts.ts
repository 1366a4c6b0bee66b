// The daemon's parts and how they are handed to each other, in the order in which they open.

import { createEventBus } from "../events/bus.ts";
import type { Audit } from "../platform/audit.ts";
import type { Environment } from "../platform/environment.ts";
import type { Lock } from "../platform/files/lock.ts";
import type { Paths } from "../platform/files/paths.ts";
import { identifyProcess } from "../platform/process/process-identity.ts";
import { ownExecutable } from "../platform/process/self.ts";
import { notifyService } from "../platform/service/notify.ts";
import type { DownloadProgress } from "../tunnels/wireproxy/program/download.ts";
import { createPartList } from "./part.ts";
import { createControlPart } from "./parts/control.ts";
import { createEndpointsPart } from "./parts/endpoints.ts";
import { createEventParts } from "./parts/events.ts";
import { createHeartbeat } from "./parts/heartbeat.ts";
import { createLineParts } from "./parts/line.ts";
import { createMemoryPart } from "./parts/memory.ts";
import { createProgramPart } from "./parts/program.ts";
import { createTunnelsPart } from "./parts/tunnels.ts";
import type { Settings } from "./settings.ts";
import type { StateReason } from "./state/state-document.ts";
import { createStateFile, type StateFile } from "./state/state-file.ts";
import { createGate } from "./succession/gate.ts";
import type { HandOver } from "./succession/hand-over.ts";
import type { TakeOver } from "./succession/take-over.ts";

export interface DaemonOptions {
  /** The installation's folder, `~/.argus` for most. */
  readonly home: string;
  readonly port?: number | undefined;
  readonly environment: Environment;
  readonly version: string;
  /** Who or what started it. */
  readonly reason: StateReason;
  /** Where the operator reads: one line each. */
  readonly say: (line: string) => void;
  /** Told how far the download of wireproxy is. */
  readonly onDownload: (progress: DownloadProgress) => void;
  /**
   * Called before any part opens, with what notes in the state file that the daemon comes to a bad end; its tunnels go on,
   * for the next daemon.
   */
  readonly onComposed: (ground: Composed) => void;
  /** Somebody asked for the end. */
  readonly onStop: (reason: StateReason) => void;
  /** Another process has taken over, and no client is left here. */
  readonly onSucceeded: () => void;
}

/** What is known of a daemon whose parts are made, and not open. */
export interface Composed {
  readonly audit: Audit;
  readonly crash: StateFile["crash"];
}

/** What is there before any part is. */
interface Ground extends DaemonOptions {
  readonly paths: Paths;
  readonly settings: Settings;
  readonly lock: Lock;
  readonly audit: Audit;
  /** The settings as they stand in the file now. @throws Failure as `loadSettings`. */
  readonly readSettings: () => Settings;
  /** The daemon before that hands over to this one. */
  readonly takeOver: TakeOver | undefined;
  /** Lets another program take over from this daemon. */
  readonly handOver: () => Promise<HandOver>;
}

/** Makes the parts of a daemon, none of which is open yet. */
export function composeParts(ground: Ground) {
  const { paths, settings, lock, audit, takeOver, handOver, environment, say, version } = ground;
  const now = Date.now;
  const instanceId = crypto.randomUUID();
  const gate = createGate();
  const bus = createEventBus();
  const shared = { ...ground, bus, gate, now };
  const requests = { line: 0, control: 0 };

  const state = createStateFile({
    ...shared,
    path: paths.state,
    identify: () => identifyProcess(process.pid) ?? { pid: process.pid, startTime: "", executable: process.execPath },
    instanceId,
    logFile: paths.log,
    reason: takeOver === undefined ? ground.reason : "handover",
  });
  const memory = createMemoryPart(bus, () => events.rest());
  const program = createProgramPart({ ...shared, state, settings: settings.wireproxy });
  const events = createEventParts({
    ...shared,
    path: paths.database,
    settings: settings.stream,
    onActivity: memory.touch,
  });
  const tunnels = createTunnelsPart({
    ...shared,
    settings: settings.tunnels,
    range: settings.socks,
    mayBeOpen: settings.listen.beyond_loopback,
    state,
    program: program.provider,
    versions: program.versions,
    usesInfoPort: settings.wireproxy.info_port,
    onQuiet: memory.touch,
    onLook: memory.afterLook,
  });
  const endpoints = createEndpointsPart({
    ...shared,
    settings: settings.endpoints,
    readSection: () => ground.readSettings().endpoints,
    tunnels,
    onActivity: memory.touch,
  });
  const line = createLineParts({
    ...shared,
    port: settings.line.port,
    users: settings.line.users,
    auditsQuestions: settings.line.audit_questions,
    takesOver: takeOver !== undefined,
    slot: tunnels.slot,
    listConfigs: async () => (await tunnels.configs()).list(),
    onActivity: () => count("line"),
  });
  const control = createControlPart({
    ...shared,
    settings: settings.control,
    hasTakenOver: takeOver !== undefined,
    async loadService() {
      const { createControlService } = await import("./parts/control-service.ts");
      return createControlService({
        ...shared,
        state,
        events,
        tunnels,
        endpoints,
        port: line.port(),
        program: program.provider.status,
        hasNewerProgram: () => heartbeat.hasNewerProgram(),
        requests: () => requests,
        onStop: () => ground.onStop("cli-stop"),
      });
    },
    onActivity: () => count("control"),
  });
  const heartbeat = createHeartbeat({
    state,
    audit,
    executable: ownExecutable(),
    handOver: async (path) => (await handOver()).begin(path),
    onStop: ground.onStop,
    onBeat: memory.afterLook,
  });

  const parts = createPartList(
    [
      { name: "lock", open: describeHolder, resume: describeHolder, close: () => lock.release() },
      // Before whatever takes time: clients wait in its queue.
      line.listening,
      state,
      memory,
      events.feedPart,
      tunnels,
      // Their connections go through tunnels, and end before those do.
      endpoints,
      line.serving,
      line.clients,
      // The daemon before ends once it hears of it, and leaves its socket to ours.
      { name: "take-over", open: () => takeOver?.confirm() },
      control,
      events.streamPart,
      heartbeat,
      { name: "announcement", open: announceStart, stop: announceStop },
      program.part,
    ],
    audit,
  );
  return { parts, state, line, tunnels, endpoints, control };

  function count(server: keyof typeof requests): void {
    requests[server] += 1;
    memory.touch();
  }

  function describeHolder(): void {
    lock.describe({ pid: process.pid, instanceId, createdAt: new Date(now()).toISOString(), version });
  }

  function announceStart(): void {
    state.setState("running", "ready");
    audit("INFO", "Daemon initialized and starting TCP server");
    say(`WireProxy Server listening on 127.0.0.1:${line.port()}`);
    notifyService(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving 127.0.0.1:${line.port()}`, environment);
  }

  function announceStop(why: StateReason): void {
    notifyService("STOPPING=1", environment);
    state.setState("stopping", why);
  }
}
