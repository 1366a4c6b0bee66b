import { containAnswer } from "../../net/contained-sockets.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { limitAudit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import { cannotListen, describeError } from "../../platform/failure.ts";
import { watchDoor } from "../../platform/network/crowded-doors.ts";
import { findInherited, lendListeners, moveListener } from "../../platform/network/lend-listener.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { pause } from "../../platform/waiting.ts";
import { openPrivateSocket } from "../http/private-socket.ts";
import type { Answerer, ControlParts, Door } from "./answer.ts";
import { CONTROL_PART } from "./service.ts";

// An idle daemon holds this file and the socket's alone; the routes and all they need come with the first request.

export type ControlServer = ReturnType<typeof startControlApi>;

/**
 * Bytes of a body at which Bun itself breaks off the request. read-body.ts allows half of it, and refuses what is between in
 * our own form.
 */
const BODY_BACKSTOP = 2 * 1024 * 1024;

/** How long, and how often, to look whether the last answers have left: the runtime does not tell. */
const LAST_ANSWERS_MS = 2_000;
const LOOK_MS = 5;

const LOOPBACK = "127.0.0.1";

/** Seconds without a byte after which a TCP client is dropped: more than bringing up a tunnel takes. */
const TCP_IDLE_SECONDS = 255;

/** Clients of the TCP port that are remembered for having signed a request: as many as may be connected. */
const MOST_SIGNED = 256;

/**
 * Serves the control API: a unix socket for the owner alone, and 127.0.0.1:`tcpPort` where that is given.
 * A socket file that a dead daemon left, or a living one that hands over, is replaced.
 * @throws Failure `file-unusable` for the socket; `address-in-use`, `start-failed` for the port.
 * @param inherited sockets that listen on that port already, from the daemon before.
 */
export function startControlApi(parts: ControlParts, inherited: readonly number[] = []) {
  let answerer: Promise<Answerer> | undefined;
  const socket = openPrivateSocket(parts.path, (unix) =>
    Bun.serve({ ...COMMON, ...UNIX, unix, fetch: contained((request) => answer(request, "socket")) }),
  );
  let tcp: Bun.Server<undefined> | undefined;
  /** The latest clients of the TCP port whose requests were signed. */
  const signed = new Set<string>();
  let unwatch = () => {};

  const control = {
    /** Second descriptors of the TCP port's socket, for a successor; the caller closes them. */
    lendPort: () => (tcp === undefined ? [] : lendListeners([`${LOOPBACK}:${tcp.port}`])),
    /** Gives the TCP port up for a successor; requests under way are still answered. */
    closePort(): void {
      unwatch();
      stop(tcp, false);
    },
    /** Takes the TCP port, or the inherited socket that listens there. @throws Failure `address-in-use`, `start-failed`. */
    openPort(sockets: readonly number[] = []): void {
      if (parts.tcpPort === undefined) return;
      const socket = findInherited(sockets, LOOPBACK, parts.tcpPort);
      const port = socket === undefined ? parts.tcpPort : 0;
      try {
        tcp = listenOn(port);
      } catch (error) {
        const hint = "stop what listens there, or give another one as control.port in config.yaml";
        throw cannotListen(error, `cannot serve the HTTP API on ${LOOPBACK}:${port}`, hint);
      }
      if (socket !== undefined) moveListener(`${LOOPBACK}:${tcp.port}`, socket);
      unwatch = watchPort();
    },
    /** Resolves once no request is under way, or some have been for 2 s: a stream has no end. */
    async answered(): Promise<void> {
      const deadline = performance.now() + LAST_ANSWERS_MS;
      while (pending() > 0 && performance.now() < deadline) await pause(LOOK_MS);
    },
    /** Closes both doors and every connection; the socket's file goes, unless a successor has put its own in its place. */
    stop(): void {
      unwatch();
      socket.remove();
      stop(socket.server, true);
      stop(tcp, true);
    },
  };
  try {
    control.openPort(inherited);
    return control;
  } catch (error) {
    control.stop();
    throw error;
  }

  function pending(): number {
    return socket.server.pendingRequests + (tcp?.pendingRequests ?? 0);
  }

  function listenOn(port: number): Bun.Server<undefined> {
    return Bun.serve({
      ...COMMON,
      hostname: LOOPBACK,
      port,
      // Bun would share it with another daemon.
      reusePort: false,
      idleTimeout: TCP_IDLE_SECONDS,
      fetch: contained((request, server) => {
        // A followed log may be silent for days.
        if (request.url.includes("follow=1")) server.timeout(request, 0);
        const peer = server.requestIP(request);
        return answer(request, "port", () => {
          if (peer !== null) noteSigned(formatHostAndPort({ host: peer.address, port: peer.port }));
        });
      }),
    });
  }

  function watchPort(): () => void {
    const audit = limitAudit(parts.audit);
    return watchDoor({
      port: () => tcp?.port,
      takesRequests: true,
      most: affordableConnections("control"),
      proven: () => signed,
      onCrowd: (closed) =>
        audit("ERROR", `[control] too many connections: the ${closed} oldest without a request were closed`),
    });
  }

  function noteSigned(address: string): void {
    signed.delete(address);
    signed.add(address);
    for (const oldest of signed) {
      if (signed.size <= MOST_SIGNED) break;
      signed.delete(oldest);
    }
  }

  async function answer(request: Request, door: Door, onProven?: () => void): Promise<Response> {
    parts.onActivity();
    answerer ??= load();
    return (await answerer)(request, door, onProven);
  }

  /** A failure, as where no descriptor is free, is not remembered: the next request tries again. */
  async function load(): Promise<Answerer> {
    try {
      const { createAnswerer } = await import("./answer.ts");
      return await createAnswerer(parts);
    } catch (error) {
      answerer = undefined;
      throw error;
    }
  }
}

type Fetch = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function contained(fetch: Fetch): Fetch {
  return containAnswer(CONTROL_PART, fetch, answerFault);
}

function stop(server: Bun.Server<undefined> | undefined, closesConnections: boolean): void {
  if (server !== undefined) letGo(CONTROL_PART, server.stop(closesConnections));
}

const COMMON = { maxRequestBodySize: BODY_BACKSTOP, development: false, error: answerFault };

/** On a unix socket too Bun drops whoever is silent for 10 s, and there it can be told otherwise only for all; no type says so. */
const UNIX: object = { idleTimeout: 0 };

function answerFault(error: unknown): Response {
  const fault = { code: "internal", message: describeError(error), hint: "this is a defect of wpdaemon" };
  return Response.json({ ok: false, error: fault }, { status: 500 });
}
