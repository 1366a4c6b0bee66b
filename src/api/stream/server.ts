import type { EventFeed } from "../../events/feed.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import type { Audit } from "../../platform/audit.ts";
import { Failure, systemCode } from "../../platform/failure.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { createAudience } from "./broadcast.ts";
import { type Client, createClient } from "./client.ts";
import { refuse, refuseRequest } from "./refuse.ts";
import { readWish } from "./stream-query.ts";

// The stream door: every event of the feed to every WebSocket that listens; reference page event-stream.md. It reads
// nothing but the request: who speaks is not answered, and who speaks much is closed. Nothing here causes an event.

export interface StreamOptions {
  /** 0 for one that is free. */
  readonly port: number;
  /** Origins of web pages that may listen, `https://desk.example`; a browser of any other is refused. */
  readonly origins: readonly string[];
  readonly feed: EventFeed;
  readonly audit: Audit;
  /** Told of everything that clients do or get, so that the daemon knows when it idles. */
  readonly onActivity: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly version: string;
  /** 4,096 where it is not said, or what the limit of open files leaves. */
  readonly mostClients?: number;
  readonly pingMs?: number;
}

export interface StreamServer {
  readonly port: number;
  /** How many listen. */
  clients(): number;
  /** Sends what is still to be sent, and closes every client with 1001; within 1 s. */
  stop(): Promise<void>;
}

/** About 10 MB in all, as long as they read. */
const MOST_CLIENTS = 4_096;
/** Of the descriptors that this process may have. */
const CLIENTS_SHARE = 0.4;

const PING_MS = 18_000;

/** Seconds for a request to come whole. Bun counts in steps of 4: it ends one that does not after up to 12. */
const HANDSHAKE_SECONDS = 4;

/** No client has any need of a longer one, and none is kept. */
const LONGEST_MESSAGE = 4_096;

/** Far beyond what waits here at a time: answers to pings that a client does not read are dropped instead of kept. */
const RUNTIME_BUFFER = 1024 * 1024;

/** What the system says where there is no IPv6, or none on the loopback interface. */
const ABSENT_FAMILY = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * Opens the stream on 127.0.0.1 and, where the machine has it, on [::1].
 * @throws Failure `address-in-use`, `start-failed`.
 */
export function startStreamServer(options: StreamOptions): StreamServer {
  const {
    origins,
    version,
    now,
    mostClients = affordableConnections(MOST_CLIENTS, CLIENTS_SHARE),
    pingMs = PING_MS,
  } = options;
  const audience = createAudience({ ...options, pingMs });
  let isStopping = false;
  const servers: Bun.Server<Client>[] = [];
  try {
    const first = listen("127.0.0.1", options.port);
    servers.push(first);
    servers.push(listen("::1", first.port ?? options.port));
  } catch (error) {
    if (servers.length === 0 || !ABSENT_FAMILY.has(systemCode(error) ?? "")) {
      for (const server of servers) void server.stop(true);
      void audience.close();
      throw explain(error, options.port);
    }
  }

  return {
    port: servers[0]?.port ?? options.port,
    clients: () => audience.size,
    async stop() {
      isStopping = true;
      for (const server of servers) void server.stop(false);
      await audience.close();
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };

  function listen(hostname: string, port: number): Bun.Server<Client> {
    return Bun.serve<Client>({
      hostname,
      port,
      // Said outright: left out, Bun shares the port with whoever listens there already.
      reusePort: false,
      idleTimeout: HANDSHAKE_SECONDS,
      maxRequestBodySize: LONGEST_MESSAGE,
      development: false,
      fetch: answer,
      websocket: {
        ...audience.handlers,
        maxPayloadLength: LONGEST_MESSAGE,
        backpressureLimit: RUNTIME_BUFFER,
        perMessageDeflate: false,
        // The audience pings: Bun does so only where nothing is sent either, and a stream is seldom silent.
        idleTimeout: 0,
        sendPings: false,
      },
    });
  }

  function answer(request: Request, bun: Bun.Server<Client>): Response | undefined {
    const refusal = refuseRequest(request, { port: bun.port ?? options.port, origins, version });
    if (refusal !== undefined) return refusal;
    const wish = readWish(request.url);
    if ("reason" in wish) return refuse(400, wish.reason);
    if (isStopping) return refuse(503, "wpdaemon stops");
    if (audience.size >= mostClients) return refuse(503, `${mostClients} clients listen already: try again later`);
    const client = createClient(describePeer(bun.requestIP(request)), now(), wish);
    // Bun would agree to whatever sub-protocol it is asked for; there is none.
    request.headers.delete("sec-websocket-protocol");
    return bun.upgrade(request, { data: client }) ? undefined : refuse(400, "this is no WebSocket handshake");
  }
}

function describePeer(peer: Bun.SocketAddress | null): string {
  if (peer === null) return "a client";
  return formatHostAndPort({ host: peer.address, port: peer.port });
}

function explain(error: unknown, port: number): Failure {
  if (systemCode(error) !== "EADDRINUSE") {
    return new Failure(
      "start-failed",
      `the event stream cannot listen on port ${port}: ${systemCode(error) ?? "refused"}`,
      {
        hint: "give the stream another port in the settings",
        cause: error,
      },
    );
  }
  return new Failure("address-in-use", `the event stream cannot listen on port ${port}: it is taken`, {
    hint: "stop what listens there, or give the stream another port in the settings; a LinkSocks server, too, takes 8765",
    cause: error,
  });
}
