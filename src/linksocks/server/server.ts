import { containAnswer, containWebSocket } from "../../net/contained-sockets.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { cannotListen, describeError } from "../../platform/failure.ts";
import { watchDoor } from "../../platform/network/crowded-doors.ts";
import { affordableConnections } from "../../platform/process/descriptor-limit.ts";
import { startInterval } from "../../platform/timers.ts";
import { createBoundedLog } from "../bounded-log.ts";
import { createDestinations, type DestinationOptions } from "../exit/destinations.ts";
import { createDial } from "../exit/dial.ts";
import { CLOSE_CODE, type Link, type LinkListener } from "../link/link.ts";
import { type LinkData, linkHandlers, SERVER_PART } from "../link/server-link.ts";
import type { ServerOptions } from "../options.ts";
import { admit, type Peer } from "./admit.ts";
import { answerRequest, type Caller } from "./answer-request.ts";
import { LONGEST_BODY } from "./api.ts";
import { authenticate } from "./authenticate.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { watchFirstMessage } from "./first-message.ts";
import { createPeers } from "./peers.ts";
import { createReversePorts } from "./reverse-ports.ts";
import { servePeer } from "./serve-peer.ts";
import { createTokenRegistry, type Token } from "./token-registry.ts";
import { createWaitingRoom } from "./waiting-room.ts";

/** TCP connections that one address may have without having said who it is. */
const MOST_OF_ONE_ADDRESS = 256;

/** Often enough for what is in between and forgets a quiet connection after 30 s or more. */
const PING_MS = 25_000;

/**
 * Starts a LinkSocks server without any token.
 * @throws Failure `address-in-use`, `start-failed`.
 */
export async function startServer(options: ServerOptions) {
  const { log, upstream, apiKey, trustedProxies } = options;
  const peers = createPeers();
  const ports = createReversePorts(options, peers);
  const failures = createFailureLimit(options.now);
  const tokens = createTokenRegistry({
    portPool: options.portPool,
    onAdded(token) {
      if (token.kind === "reverse" && options.socksWithoutWaiting) ports.open(token);
    },
    onRemoved: forget,
  });
  const { connectorWaitMs } = options;
  const exitOf = createExits(options);
  const service = { log, exitOf, allowsUdp: upstream === undefined, peers, tokens, connectorWaitMs };
  const waiting = createWaitingRoom(options.tls === undefined);
  let goneBytes = 0;
  const server = listen(options, accept, (request, bun) =>
    answerRequest(request, bun, { tokens, peers, apiKey, failures, trustedProxies, isFull: waiting.isFull }),
  );
  const pings = startInterval(SERVER_PART, PING_MS, () => {
    for (const { trunk } of peers.list()) trunk.link.ping();
  });
  // Bun tells of no connection before its request has come.
  const admitted = new Set<string>();
  const tellCrowd = createBoundedLog(log, "words of too many connections", options.now);
  const unwatch = watchDoor({
    port: () => server.port,
    takesRequests: false,
    most: affordableConnections("links"),
    mostOfOne: MOST_OF_ONE_ADDRESS,
    proven: () => admitted,
    onCrowd: (closed) =>
      tellCrowd("warn", `too many connections: ${closed} that have not said who they are were closed`),
  });
  log("info", `listening on ${options.host}:${server.port}`);
  let hasStopped = false;

  return {
    /** Where the WebSocket endpoint and the API listen. */
    port: server.port ?? options.port,
    tokens,
    /** A number that changes with whatever it does: bytes of channels, clients that come and go. */
    activity: () => peers.list().reduce((sum, peer) => sum + 1 + bytesOf(peer), goneBytes),
    /** Closes everything; may be called twice. */
    async stop(): Promise<void> {
      if (hasStopped) return;
      hasStopped = true;
      clearInterval(pings);
      unwatch();
      ports.closeAll();
      for (const { trunk } of peers.list()) trunk.link.close(CLOSE_CODE.goingAway, "the server stops");
      await server.stop(true);
    },
  };

  function accept(link: Link, { address, remote, credentials }: Caller): LinkListener {
    const leave = waiting.enter(address);
    const connection = formatHostAndPort({ host: remote.address, port: remote.port });
    try {
      return admitCaller();
    } catch (error) {
      // There is no listener then that would hear of its end.
      leave();
      throw error;
    }

    function admitCaller(): LinkListener {
      return admit({
        link,
        address,
        watchFirstMessage: (handlers) => (options.tls === undefined ? watchFirstMessage(remote, handlers) : undefined),
        bufferSize: options.bufferSize,
        credentials,
        decide: (given) => authenticate(given, tokens),
        onRefused(reason) {
          failures.recordFailure(address);
          log("warn", `${address} was refused: ${reason}`);
        },
        onAdmitted(peer) {
          leave();
          admitted.add(connection);
          welcome(peer);
        },
        onMessage: (peer, message, frame) => servePeer(peer, message, frame, service),
        onLost(peer, reason) {
          peers.remove(peer);
          admitted.delete(connection);
          goneBytes += bytesOf(peer);
          log("info", `${describe(peer)} disconnected: ${reason}`);
        },
        onGone: leave,
      });
    }
  }

  function welcome(peer: Peer): void {
    // The port is open when the provider learns that it is accepted.
    if (peer.role === "provider") ports.open(peer.token);
    peers.add(peer);
    log("info", `${describe(peer)} connected`);
  }

  /** The clients of a removed token are closed, and learn why when they return. */
  function forget(token: Token): void {
    if (token.kind === "reverse") ports.close(token);
    for (const { trunk } of peers.withToken(token.text)) trunk.link.close(CLOSE_CODE.policy, "token removed");
  }
}

/** The ways out: the server's own, and one for each token that has rules, made when it is first needed. */
function createExits({ upstream, destinations: own }: ServerOptions) {
  const common = exitWith(own);
  const exits = new WeakMap<Token, typeof common>();
  return (token: Token) => {
    const { rules } = token;
    if (rules === undefined) return common;
    return exits.getOrInsertComputed(token, () =>
      exitWith({ ...own, allow: [...own.allow, ...rules.allow], deny: [...own.deny, ...rules.deny] }),
    );
  };

  function exitWith(options: DestinationOptions) {
    const destinations = createDestinations(options);
    return { destinations, dial: createDial(upstream, destinations) };
  }
}

function listen(
  { host, port, tls, log }: ServerOptions,
  accept: (link: Link, caller: Caller) => LinkListener,
  answer: (request: Request, bun: Bun.Server<LinkData<Caller>>) => Promise<Response | undefined>,
): Bun.Server<LinkData<Caller>> {
  try {
    return Bun.serve<LinkData<Caller>>({
      hostname: host,
      port,
      // Said outright: left out, Bun shares the port with whoever listens there already.
      reusePort: false,
      ...(tls === undefined ? {} : { tls: { cert: Bun.file(tls.certificate), key: Bun.file(tls.key) } }),
      maxRequestBodySize: LONGEST_BODY,
      fetch: containAnswer(SERVER_PART, answer, refuseFault),
      // Bun's own page would show source lines, and its log the request with the token's hash.
      development: false,
      error: refuseFault,
      websocket: containWebSocket(SERVER_PART, linkHandlers(accept)),
    });
  } catch (error) {
    const hint = "choose another port with -P or another address with -H";
    throw cannotListen(error, `cannot listen on ${host}:${port}`, hint);
  }

  function refuseFault(error: unknown): Response {
    log("error", `a request failed: ${describeError(error)}`);
    return new Response("Internal Server Error\n", { status: 500 });
  }
}

function bytesOf({ trunk }: Peer): number {
  return trunk.receivedBytes + trunk.sentBytes;
}

function describe({ role, address }: Peer): string {
  return `${role} from ${address}`;
}
