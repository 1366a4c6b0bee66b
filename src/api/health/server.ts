import type { EndpointsDocument, EndpointsService } from "../../endpoints/document.ts";
import { containAnswer } from "../../net/contained-sockets.ts";
import { formatHostAndPort, type HostAndPort } from "../../net/host-and-port.ts";
import { letGo } from "../../platform/containment.ts";
import { cannotListen } from "../../platform/failure.ts";
import { findInherited, lendListeners, moveListener } from "../../platform/network/lend-listener.ts";
import { findBrowserFault } from "../http/refuse-browser.ts";

/** What the loop watch calls it. */
const PART = "health door";

/** Seconds without a byte. */
const IDLE_SECONDS = 10;

const LOOPBACK = /^127\.|^::1$/;

interface HealthDoorOptions extends HostAndPort {
  /** Sockets that listen there already, inherited from the process before. */
  readonly inherited?: readonly number[];
  readonly service: EndpointsService;
  readonly version: string;
  /** Without an endpoint that is served, `/health` says that this is not healthy, as ngrokd has it. */
  readonly requiresEndpoints: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What one route gives. */
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export type HealthDoor = ReturnType<typeof startHealthDoor>;

/** Serves `/livez`, `/readyz`, `/status` and `/metrics`. @throws Failure `address-in-use`, `start-failed`. */
export function startHealthDoor(options: HealthDoorOptions) {
  const { host, port, inherited = [], service } = options;
  const socket = findInherited(inherited, host, port);
  const server = listen();
  const address = formatHostAndPort({ host, port: server.port ?? port });
  if (socket !== undefined) moveListener(address, socket);

  return {
    address: formatHostAndPort({ host, port: socket === undefined ? (server.port ?? port) : port }),
    /** Second descriptors of its listening socket, for a successor; the caller closes them. */
    lend: () => lendListeners([address]),
    stop: () => letGo(PART, server.stop(true)),
  };

  function listen(): Bun.Server<undefined> {
    try {
      return Bun.serve({
        hostname: host,
        port: socket === undefined ? port : 0,
        // Bun would share it with another program.
        reusePort: false,
        idleTimeout: IDLE_SECONDS,
        maxRequestBodySize: 1,
        development: false,
        fetch: containAnswer(PART, answer, () => new Response("a defect of wpdaemon\n", { status: 500 })),
        error: answerFault,
      });
    } catch (error) {
      const place = formatHostAndPort({ host, port });
      throw cannotListen(error, `cannot serve health on ${place}`, "choose another health address, or stop its holder");
    }
  }

  async function answer(request: Request): Promise<Response> {
    if (findBrowserFault(request, { onLoopback: LOOPBACK.test(host), origins: [] }) !== undefined)
      return new Response("requests of web pages are refused\n", { status: 403 });
    const { pathname } = new URL(request.url);
    const reply = await replyTo(pathname);
    if (reply === undefined) return new Response("404 page not found\n", { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("only GET and HEAD are served\n", { status: 405, headers: { allow: "GET, HEAD" } });
    return new Response(reply.body, { status: reply.status, headers: { "content-type": reply.type } });
  }

  async function replyTo(path: string): Promise<Reply | undefined> {
    switch (path) {
      case "/livez":
        return say(200, "healthy");
      case "/health":
      case "/healthz":
        return isHealthy(service.describe()) ? say(200, "healthy") : say(503, "unhealthy");
      case "/readyz":
      case "/ready": {
        const { failing } = service.describe();
        return failing.length === 0 ? say(200, "ready") : give(503, { ready: false, failing });
      }
      case "/status": {
        const { describeHealth } = await import("./status-document.ts");
        return give(200, describeHealth(service.describe(), isHealthy(service.describe()), options));
      }
      case "/metrics": {
        const { METRICS_TYPE, renderFigures } = await import("../http/figures.ts");
        const { endpointFigures } = await import("../http/endpoint-figures.ts");
        const figures = [
          ["up", "1 while the daemon serves endpoints.", 1] as const,
          ...endpointFigures(service.describe()),
        ];
        return { status: 200, type: METRICS_TYPE, body: renderFigures("wpdaemon_", figures) };
      }
      default:
        return undefined;
    }
  }

  function isHealthy({ endpoints }: EndpointsDocument): boolean {
    return !options.requiresEndpoints || endpoints.some(({ state }) => state === "serving");
  }
}

function say(status: number, word: string): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${word}\n` };
}

function give(status: number, document: object): Reply {
  return { status, type: "application/json", body: `${JSON.stringify(document)}\n` };
}

function answerFault(): Response {
  return new Response("a defect of wpdaemon\n", { status: 500 });
}
