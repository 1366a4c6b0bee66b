import * as v from "valibot";
import { startInterval } from "../../../platform/timers.ts";
import { refuse } from "../../http/envelope.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { type Sink, STREAMS_PART, type Streams } from "../../http/streams.ts";
import {
  eventQuerySchema,
  eventSchema,
  numberedEventSchema,
  publishedSchema,
  publishHeadersSchema,
  publishQuerySchema,
  publishSchema,
} from "../schemas.ts";
import type { ControlService } from "../service.ts";
import { BATCH } from "./bounds.ts";
import { openFeed } from "./feed-stream.ts";

/** By an empty line a reader tells a quiet daemon from a dead one, and the daemon a reader that has gone. */
const HEARTBEAT_MS = 15_000;

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
      "POST /v1/events",
      "Publishes events, each judged by itself; answered once those that are accepted are on disk.",
      {
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
      "GET /v1/events",
      "What happens from now on; with since or format=feed the numbered events of the feed.",
      {
        query: eventQuerySchema,
        media: {
          "application/x-ndjson": { description: ONE_A_LINE, schema: v.union([eventSchema, numberedEventSchema]) },
        },
      },
      ({ query: { since, format } }) =>
        streamLines(
          streams,
          since === undefined && format === undefined
            ? (sink) => sendDaemonEvents(sink, service)
            : openFeed(service, since),
        ),
    ),
  ];
}

const ONE_A_LINE =
  "One JSON document a line; empty lines every 15 s. Who reads too slowly is dropped. The feed's have members of their own.";

/** Opens a stream of JSON documents, one a line; the first line is empty and comes at once. */
function streamLines(streams: Streams, begin: (sink: Sink) => () => void): Response {
  return streams.open("application/x-ndjson", (sink) => {
    // The head of the answer leaves with its first byte.
    sink.send("\n");
    const heartbeat = startInterval(STREAMS_PART, HEARTBEAT_MS, () => sink.send("\n"));
    const end = begin(sink);
    return () => {
      clearInterval(heartbeat);
      end();
    };
  });
}

/** Sends what happens to the daemon from now on, each event in a form of its own. @returns a function that ends it. */
function sendDaemonEvents(sink: Sink, service: Pick<ControlService, "subscribe">): () => void {
  return service.subscribe((event) => {
    sink.send(`${JSON.stringify({ ...event, at: new Date(event.at).toISOString() })}\n`);
  });
}
