import * as v from "valibot";
import type { LinksocksPeer } from "./linksocks-peer.ts";

const statusSchema = v.object({
  version: v.string(),
  tokens: v.array(
    v.object({
      token: v.string(),
      type: v.string(),
      clients_count: v.number(),
      port: v.optional(v.number()),
      connector_tokens: v.optional(v.array(v.string())),
    }),
  ),
  direct: v.object({ enabled: v.boolean() }),
});

export interface ApiAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The HTTP API of a server; docs/protocols/linksocks.md#http-api-of-the-server. */
export interface LinksocksApi {
  /** @param body of a text, its very bytes. */
  ask(method: string, path: string, body?: object | string, headers?: Record<string, string>): Promise<ApiAnswer>;
  /** @throws Error where the server does not make the token. @returns its text and port. */
  add(
    token: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly token: string; readonly port?: number | undefined }>;
  status(): Promise<v.InferOutput<typeof statusSchema>>;
}

export function apiOf(server: LinksocksPeer, key: string): LinksocksApi {
  const address = server.url.replace(/^ws/, "http");
  const ask: LinksocksApi["ask"] = async (method, path, body, headers = { "X-API-Key": key }) => {
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const answer = await fetch(address + path, { method, headers, ...sent });
    const contentType = answer.headers.get("content-type") ?? "";
    return { status: answer.status, contentType, body: await answer.text() };
  };
  return {
    ask,
    async add(token) {
      const { body } = await ask("POST", "/api/token", token);
      const answer = v.parse(addedSchema, body);
      if (!answer.success) throw new Error(`the server does not make the token: ${answer.error}`);
      return answer;
    },
    status: async () =>
      v.parse(v.pipe(v.string(), v.parseJson(), statusSchema), (await ask("GET", "/api/status")).body),
  };
}

const addedSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant("success", [
    v.object({ success: v.literal(true), token: v.string(), port: v.optional(v.number()) }),
    v.object({ success: v.literal(false), error: v.string() }),
  ]),
);
