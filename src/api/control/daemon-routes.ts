import * as v from "valibot";
import { defineRoute, NO_INPUT, type Route } from "../http/route.ts";
import { judgeHealth } from "./health-report.ts";
import {
  configSchema,
  handoverSchema,
  healthReportSchema,
  identitySchema,
  nothingSchema,
  statusSchema,
  stoppingSchema,
  stopRequestSchema,
  successorProofSchema,
  successorSchema,
} from "./schemas.ts";
import type { ControlService } from "./service.ts";

/** Milliseconds for the answer to leave before the daemon ends; reference page daemon-lifecycle-and-remote.md, 3.2. */
export const STOP_DELAY_MS = 50;

/** Routes that speak of the daemon as a whole. */
export function createDaemonRoutes(service: ControlService): readonly Route[] {
  return [
    defineRoute({ ...get("/v1/status", "The daemon and all its tunnels."), ...NO_INPUT, data: statusSchema }, () =>
      service.status(),
    ),
    defineRoute({ ...get("/v1/identity", "Which daemon this is."), ...NO_INPUT, data: identitySchema }, () =>
      service.identity(),
    ),
    defineRoute(
      {
        ...get("/v1/health", "How the tunnels fare that are up or ought to be."),
        ...NO_INPUT,
        data: healthReportSchema,
      },
      async () => judgeHealth(await service.tunnels()),
    ),
    defineRoute(
      { ...get("/v1/configs", "The configs that can be brought up."), ...NO_INPUT, data: v.array(configSchema) },
      () => [...service.configs()],
    ),
    defineRoute(
      {
        ...post("/v1/stop", "Ends the daemon in an orderly way, a moment after the answer."),
        query: v.unknown(),
        body: stopRequestSchema,
        data: stoppingSchema,
      },
      ({ body }) => stopSoon(service, body.reason),
    ),
    defineRoute(
      {
        ...post("/v1/handover", "Lets another program of ours take over; on any fault this daemon carries on."),
        query: v.unknown(),
        body: handoverSchema,
        data: successorSchema,
      },
      ({ body }) => service.handOver(body.program),
    ),
    defineRoute(
      {
        ...post("/v1/handover/ready", "A successor is able to take over; answered once this daemon has let go."),
        query: v.unknown(),
        body: successorProofSchema,
        data: nothingSchema,
      },
      async ({ body }) => {
        await service.letGo(body);
        return {};
      },
    ),
    defineRoute(
      {
        ...post("/v1/handover/done", "A successor serves: this daemon may end."),
        query: v.unknown(),
        body: successorProofSchema,
        data: nothingSchema,
      },
      ({ body }) => {
        service.taken(body);
        return {};
      },
    ),
  ];
}

/** Answers at once; the daemon ends 50 ms later. */
export function stopSoon(service: ControlService, reason: string): { readonly status: "stopping" } {
  setTimeout(() => service.stop(reason), STOP_DELAY_MS);
  return { status: "stopping" };
}

function get(path: string, summary: string) {
  return { method: "GET", path, summary } as const;
}

function post(path: string, summary: string) {
  return { method: "POST", path, summary } as const;
}
