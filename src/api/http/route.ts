import * as v from "valibot";
import { attemptOr } from "../../platform/failure.ts";
import { refuse, succeed, succeedBothWays } from "./envelope.ts";

// `Bun.serve({ routes })` serves unix sockets too, but its table has to be there when the request comes: `reload` adds
// routes for later requests only, and an idle daemon would hold every route and schema. So the few lines at the end match.

/** What a request brings, before any of it is trusted. */
interface RawInput {
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

/** What a route takes and gives; absent where it reads no query, headers or body. */
interface Contract<
  Query extends v.GenericSchema,
  Body extends v.GenericSchema,
  Data extends v.GenericSchema,
  Headers extends v.GenericSchema,
> {
  readonly query?: Query;
  /** Names in small letters. */
  readonly headers?: Headers;
  readonly body?: Body;
  /** Of the answer's `data`; absent where every answer is one of `media`. */
  readonly data?: Data;
  /** Content types of answers without an envelope, each with what they hold. */
  readonly media?: Readonly<Record<string, Medium>>;
  /** The members of `data` stand beside the envelope too, for clients of the control server that this one takes after. */
  readonly isOriginal?: boolean;
  /** Called many times a second, so that the audit log does not name each call. */
  readonly isFrequent?: boolean;
}

interface Medium {
  readonly description: string;
  /** Of one document, where it holds JSON. */
  readonly schema?: v.GenericSchema;
}

export interface Route extends Contract<v.GenericSchema, v.GenericSchema, v.GenericSchema, v.GenericSchema> {
  readonly method: string;
  /** `{name}` stands for one segment. */
  readonly path: string;
  /** One sentence. */
  readonly summary: string;
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

/**
 * Makes a route of its description, which the OpenAPI document shows, and its handler, which sees parsed input alone.
 * @param request method and path; `{name}` in it stands for one segment.
 * @param handle gives the answer's `data`, or a whole response.
 */
export function defineRoute<
  Query extends v.GenericSchema,
  Body extends v.GenericSchema,
  Data extends v.GenericSchema,
  Headers extends v.GenericSchema,
>(
  request: `${"GET" | "POST"} ${string}`,
  summary: string,
  contract: Contract<Query, Body, Data, Headers>,
  handle: (
    input: Input<Query, Body, Headers>,
  ) => v.InferInput<Data> | Response | Promise<v.InferInput<Data> | Response>,
): Route {
  const [method = "", path = ""] = request.split(" ");
  return {
    ...contract,
    method,
    path,
    summary,
    async answer({ name, query, headers, body, receivedAt }) {
      const parsedQuery = v.safeParse(contract.query ?? v.unknown(), query);
      if (!parsedQuery.success) return refuseInput("query", parsedQuery.issues[0]);
      const parsedHeaders = v.safeParse(contract.headers ?? v.unknown(), headers);
      if (!parsedHeaders.success) return refuseInput("header", parsedHeaders.issues[0]);
      const parsedBody = v.safeParse(contract.body ?? v.unknown(), body);
      if (!parsedBody.success) return refuseInput("body", parsedBody.issues[0]);
      const data = await handle({
        name,
        query: parsedQuery.output,
        headers: parsedHeaders.output,
        body: parsedBody.output,
        receivedAt,
      });
      if (data instanceof Response) return data;
      return contract.isOriginal === true ? succeedBothWays(data) : succeed(data);
    },
  };
}

/** Input may be long, and issues repeat it. */
const MESSAGE_LENGTH = 300;

const SEE_ALL = "GET /v1/openapi.json describes every route";

function refuseInput(part: "query" | "header" | "body", issue: v.BaseIssue<unknown>): Response {
  const place = v.getDotPath(issue);
  const message = `${place === null ? part : `${part}/${place}`}: ${issue.message}`;
  return refuse(400, "invalid-request", message.slice(0, MESSAGE_LENGTH), SEE_ALL);
}

/**
 * Finds the route that serves `method` on `path`, or gives the refusal: 404, or 405 where another method is served there.
 * @returns the route, and what stands in the place of `{name}`, decoded; empty where the route has none.
 */
export function findRoute(routes: readonly Route[], method: string, path: string) {
  const matching = routes.flatMap((route) => {
    const name = matchPath(route.path, path);
    return name === undefined ? [] : [{ route, name }];
  });
  const found = matching.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  const other = matching[0]?.route;
  // The routes of the original answer 404 to another verb, and clients may rely on it.
  if (other === undefined || other.isOriginal) {
    return refuse(404, "route-not-found", `Route ${method}:${path.slice(0, 300)} not found`, SEE_ALL);
  }
  const refusal = refuse(405, "method-not-allowed", `${other.path} is not for ${method}`, `use ${other.method}`);
  refusal.headers.set("allow", other.method);
  return refusal;
}

/** Undefined where `path` is another one; `{name}` stands for one segment that is not empty. */
function matchPath(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{name}");
  if (after === undefined) return path === pattern ? "" : undefined;
  if (path.length <= before.length + after.length || !path.startsWith(before) || !path.endsWith(after))
    return undefined;
  const segment = path.slice(before.length, path.length - after.length);
  if (segment.includes("/")) return undefined;
  return attemptOr(undefined, () => decodeURIComponent(segment));
}
