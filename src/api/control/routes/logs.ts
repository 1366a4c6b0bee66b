import { refuse } from "../../http/envelope.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import type { Streams } from "../../http/streams.ts";
import { logQuerySchema, logSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";
import { streamLog } from "./log-stream.ts";
import { readLastLines, readLogTail } from "./log-tail.ts";

/** The route for those who read logs. */
export function createLogRoute(service: ControlService, streams: Streams): Route {
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
