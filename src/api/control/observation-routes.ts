import * as v from "valibot";
import { refuse } from "../http/envelope.ts";
import { describeRoutes } from "../http/openapi.ts";
import { defineRoute, NO_DATA, NO_INPUT, type Route } from "../http/route.ts";
import type { Streams } from "../http/streams.ts";
import { streamLog } from "./log-stream.ts";
import { readLogTail } from "./log-tail.ts";
import { METRICS_TYPE, type Published, renderMetrics } from "./metrics.ts";
import { logQuerySchema, logSchema } from "./schemas.ts";
import type { ControlService } from "./service.ts";

/** Routes for those who watch: logs, metrics, and the description of all routes. */
export function createObservationRoutes(
  parts: {
    readonly service: ControlService;
    readonly now: () => number;
    readonly streams: Streams;
    readonly published: Published;
  },
  listRoutes: () => readonly Route[],
): readonly Route[] {
  const { service, now, streams, published } = parts;
  return [
    defineRoute(
      {
        method: "GET",
        path: "/v1/logs",
        summary:
          "The last lines of a log, without those that only tell of our own looks; with follow=1 also what comes.",
        query: logQuerySchema,
        body: v.unknown(),
        data: logSchema,
        media: { "text/plain": "With follow=1: one line each, on into the next log after a restart." },
      },
      async ({ query }) => {
        const path = await service.logFile(query.name);
        const tail = path === undefined ? undefined : readLogTail(path, query.lines);
        if (path === undefined || tail === undefined) {
          return refuse(
            404,
            "log-not-found",
            `there is no log of ${query.name}`,
            "a tunnel has one once it was brought up",
          );
        }
        if (query.follow === "1") return streamLog(streams, { path, tail, find: () => service.logFile(query.name) });
        const lines = tail.unfinished === "" ? tail.lines : [...tail.lines, tail.unfinished];
        return { path, lines: lines.slice(-query.lines) };
      },
    ),
    defineRoute(
      {
        method: "GET",
        path: "/v1/openapi.json",
        summary: "This description, OpenAPI 3.1.",
        ...NO_INPUT,
        data: NO_DATA,
        media: { "application/json": "OpenAPI 3.1" },
      },
      () => Response.json(describeRoutes(listRoutes(), service.identity().version)),
    ),
    defineRoute(
      {
        method: "GET",
        path: "/metrics",
        summary: "Figures for Prometheus.",
        ...NO_INPUT,
        data: NO_DATA,
        media: { "text/plain": "Prometheus' text format 0.0.4" },
      },
      async () => {
        const text = renderMetrics(await service.status(), service.requests(), published, now());
        return new Response(text, { headers: { "content-type": METRICS_TYPE } });
      },
    ),
  ];
}
