import * as v from "valibot";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";

/** The key of the servers that are told their tokens through the API. */
export const API_KEY = "TOKEN";

const answerSchema = v.object({
  success: v.boolean(),
  token: v.optional(v.string()),
  port: v.optional(v.number()),
  error: v.optional(v.string()),
});
export type TokenAnswer = v.InferOutput<typeof answerSchema>;

const statusSchema = v.object({ tokens: v.array(v.object({ token: v.string(), clients_count: v.number() })) });

/** A server's HTTP API; docs/protocols/linksocks.md#http-api-of-the-server. */
export interface TokenApi {
  /** @param token members of `POST /api/token`. */
  add(token: Readonly<Record<string, unknown>>): Promise<TokenAnswer>;
  remove(token: string): Promise<TokenAnswer>;
  /** How many clients are connected with a token; undefined where there is no such token. */
  countClients(token: string): Promise<number | undefined>;
}

/** The API of a server that was started with `apiKey: API_KEY`. */
export function openTokenApi({ url }: LinksocksPeer): TokenApi {
  const base = url.replace(/^ws/, "http");
  const headers = { "X-API-Key": API_KEY };
  return {
    async add(token) {
      const answer = await fetch(`${base}/api/token`, { method: "POST", headers, body: JSON.stringify(token) });
      return v.parse(answerSchema, await answer.json());
    },
    async remove(token) {
      const answer = await fetch(`${base}/api/token/${token}`, { method: "DELETE", headers });
      return v.parse(answerSchema, await answer.json());
    },
    async countClients(token) {
      const answer = await fetch(`${base}/api/status`, { headers });
      const { tokens } = v.parse(statusSchema, await answer.json());
      return tokens.find((entry) => entry.token === token)?.clients_count;
    },
  };
}
