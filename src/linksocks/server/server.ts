import { describeError, Failure, systemCode } from "../../platform/failure.ts";
import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { formatUuid, parseUuid } from "../codec/uuid.ts";
import { createDial } from "../exit/dial.ts";
import { CLOSE_CODE } from "../link/link.ts";
import { type LinkData, linkHandlers } from "../link/server-link.ts";
import type { ServerOptions } from "../options.ts";
import { admit, type Credentials, type Peer } from "./admit.ts";
import { handleRequest, LONGEST_BODY } from "./api.ts";
import { authenticate } from "./authenticate.ts";
import { findClientAddress } from "./client-address.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { createPeers } from "./peers.ts";
import { createReversePorts } from "./reverse-ports.ts";
import { servePeer } from "./serve-peer.ts";
import { createTokenRegistry } from "./token-registry.ts";
import type { Token, TokenRegistry } from "./tokens.ts";

export interface LinkSocksServer {
  /** Where the WebSocket endpoint and the API listen. */
  readonly port: number;
  readonly tokens: TokenRegistry;
  /** A number that changes with whatever it does: bytes of channels, clients that come and go. */
  activity(): number;
  /** Closes everything; may be called twice. */
  stop(): Promise<void>;
}

/** A client on its way in. */
interface Caller {
  readonly address: string;
  readonly credentials: Credentials | undefined;
}

/** WebSockets that have not said who they are: what an attacker can have open at a time. */
const MOST_UNAUTHENTICATED = 1_024;

/** Often enough for what is in between and forgets a quiet connection after 30 s or more; section 2.5. */
const PING_MS = 25_000;

/**
 * Starts a LinkSocks server without any token; reference page linksocks.md sections 3 to 6.
 * @throws Failure `address-in-use`, `start-failed`.
 */
export async function startServer(options: ServerOptions): Promise<LinkSocksServer> {
  const { log, upstream, connectorWaitMs } = options;
  const peers = createPeers();
  const ports = createReversePorts(options, peers);
  const failures = createFailureLimit(options.now);
  const dial = createDial(upstream);
  let unauthenticated = 0;
  let goneBytes = 0;
  const tokens = createTokenRegistry({
    portPool: options.portPool,
    listener: {
      onAdded(token) {
        if (token.kind === "reverse" && options.socksWithoutWaiting) ports.open(token);
      },
      onRemoved: forget,
    },
  });

  const server = listen();
  const pings = setInterval(() => {
    for (const { session } of peers.list()) session.link.ping();
  }, PING_MS);
  log("info", `listening on ${options.host}:${server.port}`);
  let hasStopped = false;
  return {
    port: server.port ?? options.port,
    tokens,
    activity: () => peers.list().reduce((sum, peer) => sum + 1 + bytesOf(peer), goneBytes),
    async stop() {
      if (hasStopped) return;
      hasStopped = true;
      clearInterval(pings);
      ports.closeAll();
      for (const { session } of peers.list()) session.link.close(CLOSE_CODE.goingAway, "the server stops");
      await server.stop(true);
    },
  };

  function listen() {
    const { host, port, tls } = options;
    try {
      return Bun.serve<LinkData<Caller>>({
        hostname: host,
        port,
        // Said outright: left out, Bun shares the port with whoever listens there already.
        reusePort: false,
        ...(tls === undefined ? {} : { tls: { cert: Bun.file(tls.certificate), key: Bun.file(tls.key) } }),
        maxRequestBodySize: LONGEST_BODY,
        fetch: answer,
        // Bun's own page would show source lines, and its log the request with the token's hash.
        development: false,
        error(error) {
          log("error", `a request failed: ${describeError(error)}`);
          return new Response("Internal Server Error\n", { status: 500 });
        },
        websocket: linkHandlers<Caller>((link, { address, credentials }) => {
          unauthenticated += 1;
          return admit({
            link,
            address,
            bufferSize: options.bufferSize,
            credentials,
            decide: (given) => authenticate(given, tokens),
            onRefused(reason) {
              failures.recordFailure(address);
              log("warn", `${address} was refused: ${reason}`);
            },
            onAdmitted: welcome,
            onMessage(peer, message, frame) {
              const allowsUdp = upstream === undefined;
              servePeer(peer, message, frame, { dial, allowsUdp, peers, tokens, connectorWaitMs });
            },
            onLost(peer, reason) {
              peers.remove(peer);
              goneBytes += bytesOf(peer);
              log("info", `${describe(peer)} has gone: ${reason}`);
            },
            onGone() {
              unauthenticated -= 1;
            },
          });
        }),
      });
    } catch (error) {
      const isTaken = systemCode(error) === "EADDRINUSE";
      throw new Failure(
        isTaken ? "address-in-use" : "start-failed",
        `cannot listen on ${host}:${port}${isTaken ? ": the port is taken" : ""}`,
        { hint: "choose another port with -P or another address with -H", cause: error },
      );
    }
  }

  function answer(request: Request, bun: Bun.Server<LinkData<Caller>>): Response | Promise<Response> | undefined {
    // What a client says of the host may make it no URL at all.
    const url = URL.parse(request.url);
    if (url === null) return badRequest();
    const peerAddress = unmapIPv4(bun.requestIP(request)?.address ?? "");
    const address = findClientAddress(peerAddress, request.headers, options.trustedProxies);
    const { pathname, searchParams } = url;
    const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    if (pathname !== "/socket" && !pathname.startsWith("/socket/")) return answerHttp(request, address);
    if (!isUpgrade) return badRequest();
    // Only browsers send it, and no page has any business here.
    if (request.headers.has("origin")) return new Response("Forbidden\n", { status: 403 });
    if (failures.isRefused(address) || unauthenticated >= MOST_UNAUTHENTICATED) {
      return new Response("Too Many Requests\n", { status: 429, headers: { "Retry-After": "1" } });
    }
    const caller = { address, credentials: readCredentials(searchParams) };
    // Bun would agree to whatever sub-protocol it is asked for; there is none, section 2.3.
    request.headers.delete("sec-websocket-protocol");
    if (bun.upgrade(request, { data: { caller, listener: undefined, wasCongested: false } })) return undefined;
    return badRequest();
  }

  function answerHttp(request: Request, address: string): Response | Promise<Response> {
    return handleRequest(request, { tokens, peers, apiKey: options.apiKey, failures, address });
  }

  function welcome(peer: Peer): void {
    unauthenticated -= 1;
    // The port is open when the provider learns that it is accepted; section 13.2.
    if (peer.role === "provider") ports.open(peer.token);
    peers.add(peer);
    log("info", `${describe(peer)} has come`);
  }

  /** Section 3.8: its clients are closed, and learn why when they return. */
  function forget(token: Token): void {
    if (token.kind === "reverse") ports.close(token);
    for (const { session } of peers.withToken(token.text)) session.link.close(CLOSE_CODE.policy, "token removed");
  }
}

/** Section 6.1. */
function badRequest(): Response {
  return new Response("Bad Request\n", { status: 400, headers: { "Sec-Websocket-Version": "13" } });
}

/** Section 3.1: without a token in the URL, an Auth message is to come. */
function readCredentials(parameters: URLSearchParams): Credentials | undefined {
  const token = parameters.get("token");
  if (token === null || token === "") return undefined;
  return { by: "url", token, reverse: parameters.get("reverse"), instance: parseInstance(parameters.get("instance")) };
}

function bytesOf({ session }: Peer): number {
  return session.receivedBytes + session.sentBytes;
}

/** Who names no instance, or none that is a UUID, is one of his own. */
function parseInstance(text: string | null): string {
  const digits = (text ?? "").replaceAll("-", "").toLowerCase();
  return /^[\da-f]{32}$/.test(digits) ? formatUuid(parseUuid(digits)) : crypto.randomUUID();
}

function describe({ role, address }: Peer): string {
  return `${role} from ${address}`;
}
