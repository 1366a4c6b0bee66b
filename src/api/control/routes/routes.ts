import * as v from "valibot";
import { refuse } from "../../http/envelope.ts";
import { METRICS_TYPE } from "../../http/figures.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { createStreams, type Streams } from "../../http/streams.ts";
import { tunnelSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";
import { describeBounds } from "./bounds.ts";
import { createDaemonRoutes } from "./daemon.ts";
import { createEndpointRoutes } from "./endpoints.ts";
import { createEventRoutes } from "./events.ts";
import { streamLog } from "./log-stream.ts";
import { readLastLines, readLogTail } from "./log-tail.ts";
import { renderMetrics } from "./metrics.ts";
import { createSessionRoutes } from "./sessions.ts";

/** Every route that is served. @param now milliseconds since the epoch. */
export function createRoutes(service: ControlService, now: () => number): readonly Route[] {
  const streams = createStreams();
  const published = { accepted: 0, rejected: 0 };
  const routes: readonly Route[] = [
    ...createDaemonRoutes(service),
    ...createTunnelRoutes(service),
    ...createEndpointRoutes(service),
    ...createEventRoutes({ service, streams, published }),
    createLogRoute(service, streams),
    defineRoute(
      "GET /v1/openapi.json",
      "This description, OpenAPI 3.1.",
      { media: { "application/json": { description: "OpenAPI 3.1" } } },
      async () => {
        const [{ describeRoutes }, { describeEventSchemas }] = await Promise.all([
          import("../../http/openapi.ts"),
          import("../../../events/trading/event-schemas.ts"),
        ]);
        return Response.json(
          describeRoutes(routes, service.identity().version, describeBounds(), describeEventSchemas()),
        );
      },
    ),
    defineRoute(
      "GET /metrics",
      "Figures for Prometheus.",
      { media: { "text/plain": { description: "Prometheus' text format 0.0.4" } } },
      async () => {
        const text = renderMetrics(await service.status(), service.requests(), published, now());
        return new Response(text, { headers: { "content-type": METRICS_TYPE } });
      },
    ),
    ...createSessionRoutes(service),
  ];
  return routes;
}

/** Routes that look at tunnels and change them. */
function createTunnelRoutes(service: ControlService): readonly Route[] {
  const one = { data: tunnelSchema };
  return [
    defineRoute("GET /v1/tunnels", "Every tunnel.", { data: v.array(tunnelSchema) }, async () => [
      ...(await service.tunnels()),
    ]),
    defineRoute("GET /v1/tunnels/{name}", "One tunnel.", one, ({ name }) => service.tunnel(name)),
    defineRoute(
      "POST /v1/tunnels/{name}/up",
      "Brings a tunnel up; answered once it accepts. One that runs is given as it is.",
      one,
      ({ name }) => service.up(name),
    ),
    defineRoute(
      "POST /v1/tunnels/{name}/prove",
      "Has a tunnel that is up show that its peer answers; a handshake is provoked where none was seen.",
      one,
      ({ name }) => service.prove(name),
    ),
    defineRoute("POST /v1/tunnels/{name}/down", "Takes a tunnel down.", one, ({ name }) => service.down(name)),
    defineRoute("POST /v1/tunnels/{name}/restart", "Ends a tunnel's process and starts another.", one, ({ name }) =>
      service.restartTunnel(name),
    ),
  ];
}

const logQuerySchema = v.object({
  /** A tunnel, `audit` or `daemon`. */
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  lines: v.optional(
    v.pipe(v.string(), v.digits(), v.description("From 0 to 10,000."), v.toNumber(), v.minValue(0), v.maxValue(10_000)),
    "200",
  ),
  /** 1: go on with what comes, as text/plain. */
  follow: v.optional(v.picklist(["0", "1"]), "0"),
});

const logSchema = v.object({ path: v.string(), lines: v.array(v.string()) });

/** The route for those who read logs. */
function createLogRoute(service: ControlService, streams: Streams): Route {
  return defineRoute(
    "GET /v1/logs",
    "The last lines of a log, without those that only tell of our own looks; with follow=1 also what comes.",
    {
      query: logQuerySchema,
      data: logSchema,
      media: { "text/plain": { description: "With follow=1: one line each, on into the next log after a restart." } },
    },
    async ({ query }) => {
      const path = await service.logFile(query.name);
      if (path !== undefined && query.follow === "1") {
        const tail = readLogTail(path, query.lines);
        if (tail !== undefined) return streamLog(streams, { path, tail, find: () => service.logFile(query.name) });
      }
      const lines = path === undefined ? undefined : readLastLines(path, query.lines);
      if (path !== undefined && lines !== undefined) return { path, lines: [...lines] };
      const hint = "a tunnel has one once it was brought up";
      return refuse(404, "log-not-found", `there is no log of ${query.name}`, hint);
    },
  );
}
