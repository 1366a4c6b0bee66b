import * as v from "valibot";
import { startTimer } from "../../../platform/timers.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import {
  configSchema,
  healthReportSchema,
  identitySchema,
  nothingSchema,
  processId,
  statusSchema,
  stoppingSchema,
  stopRequestSchema,
  successorSchema,
  type TunnelEntry,
} from "../schemas.ts";
import { CONTROL_PART, type ControlService } from "../service.ts";

const handoverSchema = v.object({ program: v.pipe(v.string(), v.startsWith("/"), v.maxLength(4096)) });

/** A successor shows that it is the one that the daemon started. */
const successorProofSchema = v.object({
  pid: processId,
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** It can also go on in the place of the process before, under its number. */
  canReplace: v.optional(v.boolean(), false),
});

/** Routes that speak of the daemon as a whole. */
export function createDaemonRoutes(service: ControlService): readonly Route[] {
  return [
    defineRoute("GET /v1/status", "The daemon and all its tunnels.", { data: statusSchema }, () => service.status()),
    defineRoute("GET /v1/identity", "Which daemon this is.", { data: identitySchema }, () => service.identity()),
    defineRoute(
      "GET /v1/health",
      "How the tunnels fare that are up or ought to be.",
      { data: healthReportSchema },
      async () => judgeHealth(await service.tunnels()),
    ),
    defineRoute("GET /v1/configs", "The configs that can be brought up.", { data: v.array(configSchema) }, async () => [
      ...(await service.configs()),
    ]),
    defineRoute(
      "POST /v1/stop",
      "Ends the daemon in an orderly way, a moment after the answer.",
      { body: stopRequestSchema, data: stoppingSchema },
      ({ body }) => stopSoon(service, body.reason),
    ),
    defineRoute(
      "POST /v1/handover",
      "Lets another program of ours take over; on any fault this daemon carries on.",
      { body: handoverSchema, data: successorSchema },
      ({ body }) => service.handOver(body.program),
    ),
    defineRoute(
      "POST /v1/handover/ready",
      "A successor is able to take over; answered once this daemon has let go.",
      { body: successorProofSchema, data: nothingSchema },
      ({ body }) => service.letGo(body).then(() => ({})),
    ),
    defineRoute(
      "POST /v1/handover/done",
      "A successor serves: this daemon may end.",
      { body: successorProofSchema, data: nothingSchema },
      ({ body }) => service.taken(body).then(() => ({})),
    ),
  ];
}

/** Milliseconds for the answer to leave before the daemon ends. */
const STOP_DELAY_MS = 50;

/** Answers at once; the daemon ends 50 ms later. */
export function stopSoon(service: ControlService, reason: string): { readonly status: "stopping" } {
  startTimer(CONTROL_PART, STOP_DELAY_MS, () => service.stop(reason));
  return { status: "stopping" };
}

/** The best first. A tunnel that carries nothing is no reason to worry, and none to call the whole healthy. */
const WORDS = ["idle", "healthy", "degraded", "down"] as const satisfies readonly TunnelEntry["health"][];

/** States of a tunnel that somebody wants to be up, one that could not be recovered (`failed`) too. */
const WANTED: readonly TunnelEntry["state"][] = ["running", "recovering", "failed"];

/** Gives the worst word of the tunnels that are up or ought to be, and each one's own. */
export function judgeHealth(tunnels: readonly TunnelEntry[]): v.InferInput<typeof healthReportSchema> {
  const wanted = tunnels.filter(({ state }) => WANTED.includes(state));
  const worst = WORDS.findLast((word) => wanted.some(({ health }) => health === word));
  return {
    health: worst ?? "idle",
    tunnels: wanted.map(({ name, state, health, reason, action }) => ({ name, state, health, reason, action })),
  };
}
