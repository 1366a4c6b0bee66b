import { defineRoute, type Route } from "../../http/route.ts";
import { createStreams } from "../../http/streams.ts";
import type { ControlService } from "../service.ts";
import { createDaemonRoutes } from "./daemon.ts";
import { createEventRoutes } from "./events.ts";
import { createLogRoute } from "./logs.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { createSessionRoutes } from "./sessions.ts";
import { createTunnelRoutes } from "./tunnels.ts";

/** Every route that is served. @param now milliseconds since the epoch. */
export function createRoutes(service: ControlService, now: () => number): readonly Route[] {
  const streams = createStreams();
  const published = { accepted: 0, rejected: 0 };
  const routes: readonly Route[] = [
    ...createDaemonRoutes(service),
    ...createTunnelRoutes(service),
    ...createEventRoutes({ service, streams, published }),
    createLogRoute(service, streams),
    defineRoute(
      "GET /v1/openapi.json",
      "This description, OpenAPI 3.1.",
      { media: { "application/json": { description: "OpenAPI 3.1" } } },
      async () => {
        const { describeRoutes } = await import("../../http/openapi.ts");
        return Response.json(describeRoutes(routes, service.identity().version));
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
