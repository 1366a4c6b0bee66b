import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DaemonEntry, TunnelEntry } from "../../../src/api/control/schemas.ts";
import { type Paths, pathsBelow } from "../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { SINCE, US_EAST } from "../../rig/tunnel-entry.ts";

export const IDLE: TunnelEntry = {
  ...US_EAST,
  name: "eu-west",
  config: "eu-west.conf",
  state: "idle",
  health: "idle",
  reason: "nobody asked for it",
  socks: null,
  pid: null,
  startedAt: null,
  ready: false,
  log: null,
  slot: false,
};

export const DAEMON: DaemonEntry = {
  version: "2.0.0",
  implementation: "TypeScript",
  pid: process.pid,
  instanceId: "11111111-2222-4333-8444-555555555555",
  state: "running",
  stateReason: "ready",
  stateDetail: null,
  startedAt: SINCE,
  address: "127.0.0.1:23888",
  home: "/home/me/.argus",
  program: "/usr/bin/wireproxy",
  memory: null,
};

/** An installation whose control socket is answered by the test. */
export interface StubDaemon {
  readonly home: string;
  readonly paths: Paths;
  readonly daemon: DaemonEntry;
  /** `METHOD /route` of each request, and its body where it has one. */
  readonly requests: readonly (readonly [string, unknown?])[];
  /** Ends the daemon; its folder stays. */
  stop(): void;
  [Symbol.dispose](): void;
}

/** An answer of a route: a document, a refusal, or a whole response. */
export type Answer = (request: Request) => object | Promise<object>;

/** Answers `GET /v1/identity` and `/v1/status`, and what `routes` names, `"POST /v1/stop"`; everything else is refused. */
export function startStubDaemon({
  tunnels = [],
  routes = {},
  daemon: changes = {},
}: {
  readonly tunnels?: readonly TunnelEntry[];
  readonly routes?: Readonly<Record<string, Answer>>;
  readonly daemon?: Partial<DaemonEntry>;
}): StubDaemon {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own, { recursive: true });
  mkdirSync(paths.configs);
  const daemon = { ...DAEMON, home: folder.path, ...changes };
  const { pid, instanceId, version, state, startedAt } = daemon;
  const known: Readonly<Record<string, Answer>> = {
    "GET /v1/identity": () => ({ pid, instanceId, version, state, startedAt }),
    "GET /v1/status": () => ({ daemon, tunnels }),
    ...routes,
  };
  const requests: (readonly [string, unknown?])[] = [];
  const server = Bun.serve({
    unix: paths.control,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const route = `${request.method} ${pathname}`;
      const body = await request.clone().text();
      requests.push(body === "" ? [route + search] : [route + search, JSON.parse(body)]);
      const answer = await known[route]?.(request);
      if (answer instanceof Response) return answer;
      if (answer === undefined) return refuse("config-not-found", `nothing at ${route}`, "look elsewhere");
      return Response.json({ ok: true, data: answer });
    },
  });
  return {
    home: folder.path,
    paths,
    daemon,
    requests,
    stop: () => void server.stop(true),
    [Symbol.dispose]() {
      server.stop(true);
      folder[Symbol.dispose]();
    },
  };
}

/** The answer of a daemon that will not. */
export function refuse(code: string, message: string, hint: string | null = null): Response {
  return Response.json({ ok: false, error: { code, message, hint } }, { status: 409 });
}

/** What the state file of an installation tells of its last daemon. */
export function writeRecord(paths: Paths, record: object): void {
  mkdirSync(join(paths.state, ".."), { recursive: true });
  writeFileSync(paths.state, JSON.stringify(record));
}
