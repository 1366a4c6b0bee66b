import * as v from "valibot";
import { parseDestinationRule } from "../../net/destination-rule.ts";
import { isSameSecret } from "../../platform/same-secret.ts";
import type { FailureLimit } from "./failure-limit.ts";
import type { Peers } from "./peers.ts";
import { type Token, TokenError, type TokenRegistry } from "./token-registry.ts";

export interface ApiOptions {
  readonly tokens: TokenRegistry;
  readonly peers: Peers;
  /** Empty: there is no API. */
  readonly apiKey: string;
  readonly failures: FailureLimit;
  /** The client's. */
  readonly address: string;
}

/** The release of LinkSocks whose interface this is. */
export const LINKSOCKS_RELEASE = "v1.8.9";

/** The longest body of a request, in bytes. */
export const LONGEST_BODY = 64 * 1024;

/** As for Go, null is the same as nothing. */
const TEXT = v.nullish(v.string(), "");
const NEW_TOKEN = v.object({
  type: TEXT,
  token: TEXT,
  port: v.nullish(v.number(), 0),
  username: TEXT,
  password: TEXT,
  reverse_token: TEXT,
  allow_manage_connector: v.nullish(v.boolean(), false),
  allow: v.nullish(v.array(v.string()), []),
  deny: v.nullish(v.array(v.string()), []),
});
const NAMED_TOKEN = v.object({ token: TEXT });

/**
 * Answers all that is no WebSocket; docs/protocols/linksocks.md#http-api-of-the-server, whose texts and statuses these
 * are.
 */
export async function handleRequest(request: Request, options: ApiOptions): Promise<Response> {
  const { pathname } = new URL(request.url);
  const hasApi = options.apiKey !== "";
  if (pathname === "/") {
    const state = hasApi ? "running. API endpoints available at /api/*" : "running but API is not enabled.";
    return plain(200, `LinkSocks ${LINKSOCKS_RELEASE} is ${state}\n`);
  }
  const isToken = pathname === "/api/token" || pathname.startsWith("/api/token/");
  if (!hasApi || !(isToken || pathname === "/api/status")) return plain(404, "404 page not found\n");
  // Only browsers send it, and no page has any business here.
  if (request.headers.has("origin")) return refuse(403, "requests from web pages are refused");
  if (options.failures.isRefused(options.address)) {
    return json(429, { success: false, error: "too many failed attempts" }, { "Retry-After": "1" });
  }
  if (!isSameSecret(request.headers.get("x-api-key") ?? "", options.apiKey)) {
    options.failures.recordFailure(options.address);
    return refuse(401, "invalid API key");
  }
  if (isToken) return await handleToken(request, readName(pathname), options);
  if (request.method !== "GET") return plain(405, "");
  return json(200, { version: LINKSOCKS_RELEASE, tokens: describeTokens(options), direct: { enabled: false } });
}

/** What follows `/api/token/`; a name that cannot be decoded is nobody's. */
function readName(pathname: string): string {
  const encoded = pathname.slice("/api/token/".length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

async function handleToken(request: Request, named: string, options: ApiOptions): Promise<Response> {
  if (request.method === "POST") return addToken(await readBody(request, NEW_TOKEN), options);
  if (request.method !== "DELETE") return plain(405, "");
  const token = named || ((await readBody(request, NAMED_TOKEN))?.token ?? "");
  if (token === "") return refuse(200, "token not specified");
  return options.tokens.remove(token) ? json(200, { success: true, token }) : refuse(200, "token not found");
}

function addToken(body: v.InferOutput<typeof NEW_TOKEN> | undefined, { tokens }: ApiOptions): Response {
  if (body === undefined) return refuse(400, "invalid request body");
  const { type, token, port, username, password, reverse_token, allow_manage_connector: autonomy, allow, deny } = body;
  const rules = [...allow, ...deny];
  const odd = rules.find((rule) => parseDestinationRule(rule) === undefined);
  if (odd !== undefined) return refuse(200, `no destination: ${JSON.stringify(odd)}`);
  if (rules.length > 0 && type !== "forward") return refuse(200, "allow and deny go with forward tokens alone");
  try {
    switch (type) {
      case "forward": {
        const added = tokens.addForward(token, rules.length === 0 ? undefined : { allow, deny });
        return json(200, { success: true, token: added.text });
      }
      case "reverse": {
        const added = tokens.addReverse({ token, port, username, password, autonomy });
        return json(200, { success: true, token: added.text, port: added.port });
      }
      case "connector":
        if (reverse_token === "") return refuse(200, "reverse_token is required for connector token");
        return json(200, { success: true, token: tokens.addConnector(token, reverse_token).text });
      default:
        return refuse(400, "invalid token type");
    }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return refuse(200, error.message);
  }
}

/** @returns undefined for what is no such JSON, or too long. */
async function readBody<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const text = await request.text().catch(() => "");
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return read.success ? read.output : undefined;
}

function refuse(status: number, error: string): Response {
  return json(status, { success: false, error });
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    // It may hold tokens, so nobody in between is to keep it.
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  });
}

function plain(status: number, body: string): Response {
  return new Response(body, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

/**
 * What `GET /api/status` says of the tokens, in the order in which they were made;
 * docs/protocols/linksocks.md#http-api-of-the-server.
 */
function describeTokens({ tokens, peers }: { readonly tokens: TokenRegistry; readonly peers: Peers }) {
  const all = tokens.list();
  return all
    .filter(({ kind }) => kind !== "connector")
    .map((token) => ({
      token: token.text,
      type: token.kind,
      clients_count: peers.withToken(token.text).length,
      ...(token.kind === "reverse" ? { port: token.port, ...connectorsOf(token, all) } : {}),
    }));
}

/** Left out where there are none. */
function connectorsOf({ text }: Token, all: readonly Token[]) {
  const connectors = all.filter(({ kind, reverseToken }) => kind === "connector" && reverseToken === text);
  return connectors.length === 0 ? {} : { connector_tokens: connectors.map((connector) => connector.text) };
}
