import { containAnswer, containWebSocket } from "../../net/contained-sockets.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { limitAudit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import { watchDoor } from "../../platform/network/crowded-doors.ts";
import { findInherited, lendListeners, moveListener } from "../../platform/network/lend-listener.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { findBrowserFault } from "../http/refuse-browser.ts";
import { LONGEST_MESSAGE } from "../http/stream-bounds.ts";
import { type BroadcastParts, createBroadcast } from "./broadcast.ts";
import { type Client, createClient, STREAM_PART } from "./client.ts";
import { readStreamQuery } from "./stream-query.ts";

// Every event of the feed to every WebSocket that listens: docs/protocols/events.md. Of a client it reads nothing but the
// request: who speaks is not answered, and who speaks much is closed. Nothing here causes an event.

export interface StreamServerOptions extends Omit<BroadcastParts, "pingMs"> {
  /** 0 for one that is free. */
  readonly port: number;
  /** Sockets that listen there already, inherited from the daemon before. */
  readonly inherited?: readonly number[];
  /** Origins of web pages that may listen, `https://desk.example`; a browser of any other is refused. */
  readonly origins: readonly string[];
  readonly version: string;
  /** What the limit of open files leaves, where it is not said. */
  readonly mostClients?: number;
  readonly pingMs?: number;
}

export type StreamServer = ReturnType<typeof startStreamServer>;

const PING_MS = 18_000;

/** Seconds for a request to come whole. Bun counts in steps of 4: it ends one that does not after up to 12. */
const HANDSHAKE_SECONDS = 4;

/** Far beyond what waits here at a time: answers to pings that a client does not read are dropped instead of kept. */
const RUNTIME_BUFFER = 1024 * 1024;

/** Error codes where there is no IPv6, or none on the loopback interface. */
const ABSENT_FAMILY = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * Opens the stream on 127.0.0.1 and, where the machine has it, on [::1].
 * @throws Failure `address-in-use`, `start-failed`.
 */
export function startStreamServer(options: StreamServerOptions) {
  const { now, inherited = [], mostClients = affordableConnections("stream"), pingMs = PING_MS } = options;
  const broadcast = createBroadcast({ ...options, pingMs });
  let isStopping = false;
  const servers: Bun.Server<Client>[] = [];
  try {
    const first = listen("127.0.0.1", options.port);
    servers.push(first);
    servers.push(listen("::1", first.port ?? options.port));
  } catch (error) {
    if (servers.length === 0 || !ABSENT_FAMILY.has(systemCode(error) ?? "")) {
      for (const server of servers) letGo(STREAM_PART, server.stop(true));
      letGo(STREAM_PART, broadcast.close());
      throw explain(error, options.port);
    }
  }

  const port = servers[0]?.port ?? options.port;
  const audit = limitAudit(options.audit);
  const unwatch = watchDoor({
    port: () => port,
    takesRequests: true,
    most: mostClients,
    proven: broadcast.names,
    onCrowd: (closed) =>
      audit("ERROR", `[event_stream] too many connections: ${closed} that only connected were closed`),
  });

  return {
    port,
    /** How many listen. */
    clients: () => broadcast.size,
    /** Second descriptors of its listening sockets, for a successor; the caller closes them. */
    lend: () => lendListeners(servers.map(addressOf)),
    /** Sends what is still to be sent, and closes every client with 1001; within 1 s. */
    async stop(): Promise<void> {
      isStopping = true;
      unwatch();
      for (const server of servers) letGo(STREAM_PART, server.stop(false));
      await broadcast.close();
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };

  function listen(hostname: string, port: number): Bun.Server<Client> {
    const socket = findInherited(inherited, hostname, port);
    const server = serve(hostname, socket === undefined ? port : 0);
    try {
      if (socket !== undefined) moveListener(addressOf(server), socket);
      return server;
    } catch (error) {
      letGo(STREAM_PART, server.stop(true));
      throw error;
    }
  }

  function serve(hostname: string, port: number): Bun.Server<Client> {
    return Bun.serve<Client>({
      hostname,
      port,
      // Without this, Bun shares the port with a program that listens there already.
      reusePort: false,
      idleTimeout: HANDSHAKE_SECONDS,
      maxRequestBodySize: LONGEST_MESSAGE,
      development: false,
      fetch: containAnswer(STREAM_PART, answer, () => refuse(500, "a defect of wpdaemon; its audit log tells more")),
      websocket: containWebSocket(STREAM_PART, {
        ...broadcast.handlers,
        maxPayloadLength: LONGEST_MESSAGE,
        backpressureLimit: RUNTIME_BUFFER,
        perMessageDeflate: false,
        // The broadcast pings: Bun does so only where nothing is sent either, and a stream is seldom silent.
        idleTimeout: 0,
        sendPings: false,
      }),
    });
  }

  function answer(request: Request, bun: Bun.Server<Client>): Response | undefined {
    const refusal = refuseRequest(request, bun.port ?? options.port, options);
    if (refusal !== undefined) return refusal;
    const query = readStreamQuery(request.url);
    if ("reason" in query) return refuse(400, query.reason);
    if (isStopping) return refuse(503, "wpdaemon stops");
    if (broadcast.size >= mostClients) return refuse(503, `${mostClients} clients listen already: try again later`);
    const peer = bun.requestIP(request);
    // It was reset meanwhile. The runtime would not tell of the end of a WebSocket that it makes of such a connection.
    if (peer === null) return refuse(400, "the connection is gone");
    const client = createClient(formatHostAndPort({ host: peer.address, port: peer.port }), now(), query);
    // Bun would agree to whatever sub-protocol it is asked for; there is none.
    request.headers.delete("sec-websocket-protocol");
    return bun.upgrade(request, { data: client }) ? undefined : refuse(400, "this is no WebSocket handshake");
  }
}

function addressOf({ hostname, port }: Bun.Server<Client>): string {
  return formatHostAndPort({ host: hostname ?? "", port: port ?? 0 });
}

function explain(error: unknown, port: number): Failure {
  const isTaken = systemCode(error) === "EADDRINUSE";
  const reason = isTaken ? "it is taken" : (systemCode(error) ?? "refused");
  const hint = isTaken
    ? "stop what listens there, or give the stream another port in the settings; a LinkSocks server, too, takes 8765"
    : "give the stream another port in the settings";
  const message = `the event stream cannot listen on port ${port}: ${reason}`;
  return new Failure(isTaken ? "address-in-use" : "start-failed", message, { hint, cause: error });
}

/**
 * Refuses whatever may not have a WebSocket, or asks for none: docs/protocols/events.md, Connecting. Our own address passes
 * as an origin: no page has it, because this port serves none, but Python's `websocket-client` sends it unasked.
 */
function refuseRequest(
  request: Request,
  port: number,
  { origins, version }: StreamServerOptions,
): Response | undefined {
  switch (findBrowserFault(request, { onLoopback: true, origins, allowsOwnOrigin: true })) {
    case "foreign-origin":
      return refuse(403, "web pages of this origin are refused: add it to the stream's origins in the settings");
    case "foreign-host":
      return refuse(403, `the Host header names another host: connect to ws://localhost:${port}`);
  }
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return undefined;
  return refuse(426, `this is the event stream of wpdaemon ${version}: connect a WebSocket to ws://localhost:${port}`, {
    Upgrade: "websocket",
  });
}

/** An answer of one sentence, after which the connection ends. */
function refuse(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${sentence}\n`, { status, headers: { ...headers, Connection: "close" } });
}
