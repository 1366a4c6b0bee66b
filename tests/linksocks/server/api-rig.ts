import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import type { Role } from "../../../src/linksocks/server/admit.ts";
import { handleRequest } from "../../../src/linksocks/server/api.ts";
import { createFailureLimit } from "../../../src/linksocks/server/failure-limit.ts";
import { createPeers } from "../../../src/linksocks/server/peers.ts";
import type { Token, TokenRegistry } from "../../../src/linksocks/server/token-registry.ts";
import { createFakeLink } from "../fake-link.ts";
import { createTestRegistry } from "./token-rig.ts";

const API_KEY = "the-api-key";

export interface ApiRig {
  readonly tokens: TokenRegistry;
  /** Asks as somebody at 192.0.2.1 who has the key. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Somebody is connected by this token. */
  connect(token: Token, role: Role): void;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** @param apiKey empty for a server without API. */
export function createApiRig(apiKey = API_KEY): ApiRig {
  const { tokens } = createTestRegistry();
  const peers = createPeers();
  const failures = createFailureLimit(() => 0);
  return {
    tokens,
    async ask(method, path, { body, headers = {}, address = "192.0.2.1" } = {}) {
      const request = new Request(`http://server.example:8765${path}`, {
        method,
        headers: { "X-API-Key": API_KEY, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const options = { tokens, peers, apiKey, failures, address };
      const response = await handleRequest(request, options);
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    connect(token, role) {
      peers.add({ trunk: createTrunk(createFakeLink()), role, token, instance: "", address: "" });
    },
  };
}
