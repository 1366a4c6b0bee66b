import * as v from "valibot";
import { refuse } from "../http/envelope.ts";
import { defineRoute, NO_DATA, type Route } from "../http/route.ts";
import type { Streams } from "../http/streams.ts";
import { sendDaemonEvents, streamEvents } from "./event-stream.ts";
import { openFeed } from "./feed-stream.ts";
import {
  eventQuerySchema,
  publishedSchema,
  publishHeadersSchema,
  publishQuerySchema,
  publishSchema,
} from "./schemas.ts";
import type { ControlService } from "./service.ts";

/** Events of one request: what a publisher has to wait for, and to send again after a lost answer. */
const BATCH = 1_000;

/** Routes for those who publish events, and for those who follow them. */
export function createEventRoutes(parts: {
  readonly service: ControlService;
  readonly streams: Streams;
  /** Counted up here, for the metrics. */
  readonly published: { accepted: number; rejected: number };
}): readonly Route[] {
  const { service, streams, published } = parts;
  return [
    defineRoute(
      {
        method: "POST",
        path: "/v1/events",
        summary: "Publishes events, each judged by itself; answered once those that are accepted are on disk.",
        query: publishQuerySchema,
        headers: publishHeadersSchema,
        body: publishSchema,
        data: publishedSchema,
        isFrequent: true,
      },
      async ({ query, headers, body }) => {
        if (body === undefined) return refuse(400, "empty-body", "the request has no body", "send an event as JSON");
        const events: readonly unknown[] = Array.isArray(body) ? body : [body];
        if (events.length > BATCH) {
          return refuse(413, "batch-too-large", `${events.length} events are too many`, "send at most 1,000 at once");
        }
        const publications = await service.publish(events, headers["idempotency-key"] ?? query.key);
        const results = publications.map((publication, index) =>
          publication.accepted ? { seq: publication.seq } : { index, error: publication.reason },
        );
        const accepted = publications.filter((publication) => publication.accepted).length;
        published.accepted += accepted;
        published.rejected += results.length - accepted;
        return { accepted, results };
      },
    ),
    defineRoute(
      {
        method: "GET",
        path: "/v1/events",
        summary: "What happens from now on; with since or format=feed the numbered events of the feed.",
        query: eventQuerySchema,
        body: v.unknown(),
        data: NO_DATA,
        media: {
          "application/x-ndjson": "One JSON document a line; empty lines every 15 s. Who reads too slowly is dropped.",
        },
      },
      ({ query: { since, format } }) =>
        streamEvents(
          streams,
          since === undefined && format === undefined
            ? (sink) => sendDaemonEvents(sink, service)
            : openFeed(service, since),
        ),
    ),
  ];
}
