import * as v from "valibot";
import { refuse, succeed, succeedBothWays } from "./envelope.ts";

/** What a request brings, before any of it is trusted. */
export interface RawInput {
  /** What stands in the place of `{name}` in the path. */
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
  /** By name, in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there is none. */
  readonly body: unknown;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** What a route is for, takes and gives; the OpenAPI document is made of this. */
export interface RouteDescription<
  Query extends v.GenericSchema = v.GenericSchema,
  Body extends v.GenericSchema = v.GenericSchema,
  Data extends v.GenericSchema = v.GenericSchema,
  Headers extends v.GenericSchema = v.GenericSchema,
> {
  readonly method: "GET" | "POST";
  /** `{name}` stands for one segment. */
  readonly path: string;
  /** One sentence. */
  readonly summary: string;
  readonly query: Query;
  /** Where the route reads any; names in small letters. */
  readonly headers?: Headers;
  readonly body: Body;
  /** Of the answer's `data`. */
  readonly data: Data;
  /** Content types of answers without an envelope, each with what they hold. */
  readonly media?: Readonly<Record<string, string>>;
  /**
   * Of the control server that this door takes after (reference page daemon-lifecycle-and-remote.md section 3.2): the
   * members of `data` stand beside the envelope too, for its clients.
   */
  readonly isOriginal?: boolean;
  /** Called many times a second, so that the audit log does not name each call. */
  readonly isFrequent?: boolean;
}

export interface Route extends RouteDescription {
  /** @throws what the daemon throws. */
  readonly answer: (input: RawInput) => Promise<Response>;
}

interface Input<Query extends v.GenericSchema, Body extends v.GenericSchema, Headers extends v.GenericSchema> {
  readonly name: string;
  readonly query: v.InferOutput<Query>;
  readonly headers: v.InferOutput<Headers>;
  readonly body: v.InferOutput<Body>;
  readonly receivedAt: number;
}

/** For routes that take neither a query nor a body; what comes all the same is ignored. */
export const NO_INPUT = { query: v.unknown(), body: v.unknown() } as const;

/** For routes that only answer with one of their `media`. */
export const NO_DATA = v.never();

/**
 * Makes a route of its description and its handler, which sees parsed input alone.
 * @param handle gives the answer's `data`, or a whole response.
 */
export function defineRoute<
  Query extends v.GenericSchema,
  Body extends v.GenericSchema,
  Data extends v.GenericSchema,
  Headers extends v.GenericSchema,
>(
  description: RouteDescription<Query, Body, Data, Headers>,
  handle: (
    input: Input<Query, Body, Headers>,
  ) => v.InferInput<Data> | Response | Promise<v.InferInput<Data> | Response>,
): Route {
  return {
    ...description,
    async answer({ name, query, headers, body, receivedAt }) {
      const parsedQuery = v.safeParse(description.query, query);
      if (!parsedQuery.success) return refuseInput("query", parsedQuery.issues[0]);
      const parsedHeaders = v.safeParse(description.headers ?? v.unknown(), headers);
      if (!parsedHeaders.success) return refuseInput("header", parsedHeaders.issues[0]);
      const parsedBody = v.safeParse(description.body, body);
      if (!parsedBody.success) return refuseInput("body", parsedBody.issues[0]);
      const data = await handle({
        name,
        query: parsedQuery.output,
        headers: parsedHeaders.output,
        body: parsedBody.output,
        receivedAt,
      });
      if (data instanceof Response) return data;
      return description.isOriginal === true ? succeedBothWays(data) : succeed(data);
    },
  };
}

/** Input may be long, and issues repeat it. */
const MESSAGE_LENGTH = 300;

function refuseInput(part: "query" | "header" | "body", issue: v.BaseIssue<unknown>): Response {
  const place = v.getDotPath(issue);
  const message = `${place === null ? part : `${part}/${place}`}: ${issue.message}`;
  return refuse(400, "invalid-request", message.slice(0, MESSAGE_LENGTH), "GET /v1/openapi.json describes every route");
}
