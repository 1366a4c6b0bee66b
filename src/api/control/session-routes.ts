import * as v from "valibot";
import { refuse } from "../http/envelope.ts";
import { defineRoute, NO_INPUT, type Route } from "../http/route.ts";
import { stopSoon } from "./daemon-routes.ts";
import {
  identitySchema,
  listQuerySchema,
  sessionListSchema,
  sessionStartedAnswerSchema,
  sessionStartedSchema,
  stoppingSchema,
  stopRequestSchema,
  stopSessionAnswerSchema,
  stopSessionSchema,
} from "./schemas.ts";
import type { ControlService } from "./service.ts";
import { createSessions } from "./sessions.ts";

/** What clients of the original test for; reference page daemon-lifecycle-and-remote.md section 3.2. */
const STARTED_BY_USER = "remcli directly - likely by user from terminal";

/** The routes of the control server that this door takes after, for its clients and for `wpdaemon run`. */
export function createOriginalRoutes(service: ControlService): readonly Route[] {
  const sessions = createSessions();
  const original = { method: "POST", isOriginal: true } as const;
  return [
    defineRoute(
      {
        ...original,
        path: "/list",
        summary: "The sessions, which are programs that run behind a tunnel.",
        query: listQuerySchema,
        body: v.unknown(),
        data: sessionListSchema,
      },
      () => ({
        children: sessions.list().map(({ id, pid }) => ({ startedBy: STARTED_BY_USER, remcliSessionId: id, pid })),
      }),
    ),
    defineRoute(
      {
        ...original,
        path: "/session-started",
        summary: "A program reports itself as a session; metadata.hostPid is its process.",
        query: v.unknown(),
        body: sessionStartedSchema,
        data: sessionStartedAnswerSchema,
      },
      ({ body, receivedAt }) => {
        const refusal = sessions.register({ id: body.sessionId, pid: body.metadata.hostPid, receivedAt });
        if (refusal !== undefined) return refuse(400, "invalid-request", refusal, OWN_PROCESS_ONLY);
        return { status: "ok" } as const;
      },
    ),
    defineRoute(
      {
        ...original,
        path: "/stop-session",
        summary: "Sends SIGTERM to a session's process.",
        query: v.unknown(),
        body: stopSessionSchema,
        data: stopSessionAnswerSchema,
      },
      ({ body }) => ({ success: sessions.stop(body.sessionId) }),
    ),
    defineRoute(
      {
        ...original,
        path: "/stop",
        summary: "Ends the daemon in an orderly way, 50 ms after the answer.",
        query: v.unknown(),
        body: stopRequestSchema,
        data: stoppingSchema,
      },
      ({ body }) => stopSoon(service, body.reason),
    ),
    defineRoute(
      { ...original, path: "/identity", summary: "Which daemon this is.", ...NO_INPUT, data: identitySchema },
      () => service.identity(),
    ),
  ];
}

const OWN_PROCESS_ONLY = "metadata.hostPid must be a living process of the daemon's own user";
