import * as v from "valibot";
import { startInterval } from "../../../platform/timers.ts";
import { refuse } from "../../http/envelope.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { type Sink, STREAMS_PART, type Streams } from "../../http/streams.ts";
import { eventSchema, publishedSchema } from "../schemas.ts";
import type { ControlService } from "../service.ts";
import { BATCH } from "./bounds.ts";
import { openFeed } from "./feed-stream.ts";

/** By an empty line a reader tells a quiet daemon from a dead one, and the daemon a reader that has gone. */
const HEARTBEAT_MS = 15_000;

/** One line of it with since or format=feed. */
const numberedEventSchema = v.object({
  seq: v.number(),
  type: v.string(),
  account_id: v.nullable(v.number()),
  data: v.looseObject({}),
});

/** A word of the publisher's own, the same whenever he repeats a request because its answer was lost. */
const idempotencyKey = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,200}$/, "must be 1 to 200 visible characters of ASCII"),
);

/** The header goes before the query; on the TCP port the query is signed, and the header is not. */
const publishHeadersSchema = v.object({ "idempotency-key": v.optional(idempotencyKey) });
const publishQuerySchema = v.object({ key: v.optional(idempotencyKey) });

/** Each event is judged by the feed, so that one that is wrong keeps no other back. */
const publishSchema = v.pipe(
  v.unknown(),
  v.description(
    'One event, {"type", "account_id", "data"}, or an array of at most 1,000; together at most 1 MiB; components/schemas has each type. A MarketQuote without an account goes to each account that holds a position or a working order in its contract.',
  ),
);

const eventQuerySchema = v.object({
  /** The last number that the reader has seen: he gets what is kept of what came after, and then what comes. */
  since: v.optional(v.pipe(v.string(), v.digits(), v.toNumber(), v.maxValue(Number.MAX_SAFE_INTEGER))),
  /** Numbered events in the feed's envelope; `since` implies it. */
  format: v.optional(v.picklist(["feed"])),
});

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
