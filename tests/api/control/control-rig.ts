import { join } from "node:path";
import type { ControlParts } from "../../../src/api/control/answer.ts";
import type { SessionRegister } from "../../../src/api/control/routes/known-sessions.ts";
import type { StatusDocument, TunnelEntry } from "../../../src/api/control/schemas.ts";
import { type ControlServer, startControlApi } from "../../../src/api/control/server.ts";
import type { ControlService } from "../../../src/api/control/service.ts";
import { createEventBus, type EventBus } from "../../../src/events/bus.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { SINCE, US_EAST } from "../../rig/tunnel-entry.ts";
import { createFakeFeed, type FakeFeed } from "../fake-feed.ts";

export const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index);

/** A tunnel that was restarted and has carried something. */
export const CARRYING: TunnelEntry = {
  ...US_EAST,
  restarts: 2,
  traffic: { sent: 148, received: 92, handshakeAt: SINCE },
};

export const STATUS: StatusDocument = {
  daemon: {
    version: "9.8.7",
    implementation: "TypeScript",
    pid: 77,
    instanceId: "11111111-2222-4333-8444-555555555555",
    state: "running",
    stateReason: "ready",
    stateDetail: null,
    startedAt: SINCE,
    address: "127.0.0.1:23888",
    home: "/home/me/.argus",
    program: null,
    memory: { residentBytes: 9_000_000, anonymousBytes: 4_000_000 },
  },
  events: { url: "ws://localhost:8765", clients: 3, fault: null },
  tunnels: [CARRYING],
};

/** A control door before a daemon that only writes down what it was asked. */
export interface ControlRig {
  readonly folder: string;
  readonly path: string;
  readonly server: ControlServer;
  readonly bus: EventBus;
  readonly feed: FakeFeed;
  /** What the service was asked, in order. */
  readonly asked: readonly string[];
  readonly audited: readonly string[];
  ask(method: string, target: string, options?: RequestInit): Promise<Response>;
  /** POST with a JSON body. */
  post(target: string, body: unknown): Promise<Response>;
  [Symbol.dispose](): void;
}

export function openControl(
  changes: Partial<ControlService> = {},
  parts: Partial<Pick<ControlParts, "tcpPort" | "now" | "onActivity" | "loadService">> = {},
): ControlRig {
  const folder = temporaryFolder();
  const path = join(folder.path, "own", "control.sock");
  const bus = createEventBus();
  const feed = createFakeFeed();
  const asked: string[] = [];
  const audited: string[] = [];
  const service = { ...fakeService(bus, (what) => asked.push(what), feed), ...changes };
  const audit = (category: string, message: string) => audited.push(`${category} ${message}`);
  const { tcpPort, now = Date.now, onActivity = () => undefined, loadService = async () => service } = parts;
  const server = startOrClean();
  const ask = (method: string, target: string, options: RequestInit = {}) =>
    fetch(`http://localhost${target}`, { ...options, method, unix: path });
  return {
    folder: folder.path,
    path,
    server,
    bus,
    feed,
    asked,
    audited,
    ask,
    post: (target, body) =>
      ask("POST", target, { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    [Symbol.dispose]() {
      server.stop();
      folder[Symbol.dispose]();
    },
  };

  function startOrClean() {
    try {
      return startControlApi({
        path,
        tcpPort,
        secret: SECRET,
        loadService,
        audit,
        now,
        onActivity,
      });
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
  }
}

export function fakeService(bus: EventBus, tell: (what: string) => void, feed = createFakeFeed()): ControlService {
  const { version, instanceId, pid, state, startedAt } = STATUS.daemon;
  const find = (name: string) => {
    if (name === CARRYING.name) return CARRYING;
    throw new Failure("config-not-found", `there is no config ${name}`, { hint: "wpdaemon list shows them" });
  };
  const change = (verb: string) => async (name: string) => {
    tell(`${verb} ${name}`);
    return find(name);
  };
  return {
    endpoints: () => undefined,
    sessions: createFakeSessions(),
    identity: () => ({ instanceId, pid, version, state, startedAt }),
    status: async () => STATUS,
    tunnels: async () => [CARRYING],
    tunnel: async (name) => find(name),
    up: change("up"),
    down: change("down"),
    prove: change("prove"),
    restartTunnel: change("restart"),
    configs: async () => [{ name: "us-east", file: "/confs/us-east.conf" }],
    logFile: async () => undefined,
    subscribe: (listener) => bus.subscribe(listener),
    publish: feed.publish,
    replay: feed.replay,
    subscribeFeed: feed.subscribe,
    requests: () => ({ line: 5, control: 7 }),
    stop: (reason) => tell(`stop ${reason}`),
    async handOver(program) {
      tell(`hand over to ${program}`);
      return { pid: 88, version: "9.9.9" };
    },
    letGo: async (successor) => tell(`let go for ${successor.pid} ${successor.token}`),
    taken: async (successor) => tell(`taken by ${successor.pid} ${successor.token}`),
  };
}

/** A process that only waits, of a name that no other has. */
export function startSleeper(): { readonly pid: number; readonly exited: Promise<unknown>; [Symbol.dispose](): void } {
  const child = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "ignore", "ignore"] });
  return { pid: child.pid, exited: child.exited, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

/** Keeps sessions as the state file does. */
export function createFakeSessions(): SessionRegister {
  let known: ReturnType<SessionRegister["list"]> = [];
  return {
    list: () => known,
    set(sessions) {
      known = sessions;
    },
  };
}
