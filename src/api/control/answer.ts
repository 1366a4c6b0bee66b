import { describeError } from "../../platform/failure.ts";
import { refuse, refuseFailure } from "../http/envelope.ts";
import { findRoute } from "../http/find-route.ts";
import { readBody } from "../http/read-body.ts";
import { refuseBrowser } from "../http/refuse-browser.ts";
import type { ControlParts } from "./parts.ts";
import { createRoutes } from "./routes.ts";

/** The unix socket, or 127.0.0.1. */
export type Door = "socket" | "port";

/** Answers a request; it never rejects. */
export type Answerer = (request: Request, door: Door) => Promise<Response>;

/** Gives the refusal of a request that is not proven; `target` is its path and query. */
type Proof = (request: Request, target: string, body: Uint8Array) => Response | undefined;

/** What stands behind the doors: who may come in, which route a request means, and every refusal. */
export async function createAnswerer(parts: ControlParts): Promise<Answerer> {
  const { audit, now } = parts;
  const routes = createRoutes(parts);
  const prove: { readonly [door in Door]: Proof } = {
    // The file's mode has let in nobody but the owner.
    socket: () => undefined,
    port: parts.tcpPort === undefined ? refuseAll : await createSignatureProof(parts.secret, now),
  };

  return async (request, door) => {
    const shown = `${request.method} ${request.url.slice(0, 300)} on the ${door}`;
    try {
      return await answer(request, door, shown);
    } catch (error) {
      const response = refuseFailure(error);
      if (request.method === "POST" || response.status === 500)
        audit("ERROR", `[control] ${describeError(error)}: ${shown}`);
      return response;
    }
  };

  async function answer(request: Request, door: Door, shown: string): Promise<Response> {
    const receivedAt = now();
    const refusal = refuseBrowser(request, door === "port" ? parts.tcpPort : undefined);
    if (refusal !== undefined) return refusal;
    const url = URL.parse(request.url);
    if (url === null) return refuse(400, "malformed-address", "the request's address cannot be read");
    const body = await readBody(request);
    if (body instanceof Response) return body;
    const unproven = prove[door](request, url.pathname + url.search, body);
    if (unproven !== undefined) return unproven;
    const found = findRoute(routes, request.method, url.pathname);
    if (found instanceof Response) return found;
    const parsed = found.route.method === "POST" ? parseJson(request, body) : undefined;
    if (parsed instanceof Response) return parsed;
    if (found.route.method === "POST" && found.route.isFrequent !== true) audit("CMD", `Control request: ${shown}`);
    const query = Object.fromEntries(url.searchParams);
    const headers = Object.fromEntries(request.headers);
    return await found.route.answer({ name: found.name, query, headers, body: parsed, receivedAt });
  }
}

async function createSignatureProof(secret: Uint8Array, now: () => number): Promise<Proof> {
  const { createVerifier, SIGNATURE_FAULTS } = await import("./signature.ts");
  const verify = createVerifier(secret, now);
  return ({ method, headers }, target, body) => {
    const fault = verify({ method, target, body }, headers);
    return fault === undefined ? undefined : refuse(401, fault, SIGNATURE_FAULTS[fault]);
  };
}

function refuseAll(): Response {
  return refuse(401, "unsigned", "this door is closed");
}

/** Undefined where there is no body. */
function parseJson(request: Request, body: Uint8Array): unknown {
  if (body.length === 0) {
    const isAnnounced = request.headers.get("content-type")?.startsWith("application/json") ?? false;
    return isAnnounced ? refuse(400, "empty-body", "the body is empty, but the Content-Type says JSON") : undefined;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return refuse(400, "malformed-json", "the body is no JSON in UTF-8");
  }
}
