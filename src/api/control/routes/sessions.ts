import * as v from "valibot";
import { refuse } from "../../http/envelope.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { identitySchema, processId, stoppingSchema, stopRequestSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";
import { stopSoon } from "./daemon.ts";
import { createKnownSessions } from "./known-sessions.ts";

/** What clients of remcli's control server test for. */
const STARTED_BY_USER = "remcli directly - likely by user from terminal";

const sessionId = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

const sessionStartedSchema = v.object({ sessionId, metadata: v.looseObject({ hostPid: processId }) });
const sessionStartedAnswerSchema = v.object({ status: v.literal("ok") });

/** `PID-<n>` selects by process number. */
const stopSessionSchema = v.object({ sessionId });
const stopSessionAnswerSchema = v.object({ success: v.boolean() });

/** Every session has reported by the time it is known, so all of them are listed either way. */
const listQuerySchema = v.object({ all: v.optional(v.picklist(["0", "1"]), "0") });
export const sessionListSchema = v.object({
  children: v.array(v.object({ startedBy: v.string(), remcliSessionId: v.string(), pid: v.number() })),
});

/** The routes of remcli's control server, for its clients and for `wpdaemon run`; each answers POST. */
export function createSessionRoutes(service: ControlService): readonly Route[] {
  const sessions = createKnownSessions(service.sessions);
  const isOriginal = true;
  return [
    defineRoute(
      "POST /list",
      "The sessions, which are programs that run behind a tunnel.",
      { isOriginal, query: listQuerySchema, data: sessionListSchema },
      () => ({
        children: sessions.list().map(({ id, pid }) => ({ startedBy: STARTED_BY_USER, remcliSessionId: id, pid })),
      }),
    ),
    defineRoute(
      "POST /session-started",
      "A program reports itself as a session; metadata.hostPid is its process.",
      { isOriginal, body: sessionStartedSchema, data: sessionStartedAnswerSchema },
      ({ body, receivedAt }) => {
        const refusal = sessions.register({ id: body.sessionId, pid: body.metadata.hostPid, receivedAt });
        if (refusal !== undefined) return refuse(400, "invalid-request", refusal, OWN_PROCESS_ONLY);
        return { status: "ok" } as const;
      },
    ),
    defineRoute(
      "POST /stop-session",
      "Sends SIGTERM to a session's process.",
      { isOriginal, body: stopSessionSchema, data: stopSessionAnswerSchema },
      ({ body }) => ({ success: sessions.stop(body.sessionId) }),
    ),
    defineRoute(
      "POST /stop",
      "Ends the daemon in an orderly way, 50 ms after the answer.",
      { isOriginal, body: stopRequestSchema, data: stoppingSchema },
      ({ body }) => stopSoon(service, body.reason),
    ),
    defineRoute("POST /identity", "Which daemon this is.", { isOriginal, data: identitySchema }, () =>
      service.identity(),
    ),
  ];
}

const OWN_PROCESS_ONLY = "metadata.hostPid must be a living process of the daemon's own user";
