import { unmapIPv4 } from "../../platform/network/ip-address.ts";
import { formatUuid, parseUuid } from "../codec/uuid.ts";
import type { LinkData } from "../link/server-link.ts";
import type { Credentials } from "./admit.ts";
import { type ApiOptions, handleRequest } from "./api.ts";
import { findClientAddress } from "./client-address.ts";

/** A client on its way in. */
export interface Caller {
  readonly address: string;
  /** The far end of its connection, which may be a proxy's. */
  readonly remote: { readonly address: string; readonly port: number };
  /** Undefined where it has to send an Auth message. */
  readonly credentials: Credentials | undefined;
}

interface AnswerOptions extends Omit<ApiOptions, "address"> {
  /** Addresses and CIDR ranges of proxies whose headers are believed. */
  readonly trustedProxies: readonly string[];
  /** As many WebSockets as may be open before they have said who they are, of all or of this address. */
  isFull(address: string, says: "in-url" | "by-message"): boolean;
}

/**
 * Upgrades what asks for a WebSocket, and has the API answer all else. A connection ends with its first answer: of a
 * thousand requests that came at once, the runtime would answer each in the same turn of the loop.
 * @returns undefined where it has upgraded.
 */
export async function answerRequest(
  request: Request,
  bun: Bun.Server<LinkData<Caller>>,
  options: AnswerOptions,
): Promise<Response | undefined> {
  const answer = await answerOrUpgrade(request, bun, options);
  answer?.headers.set("connection", "close");
  return answer;
}

function answerOrUpgrade(
  request: Request,
  bun: Bun.Server<LinkData<Caller>>,
  options: AnswerOptions,
): Response | Promise<Response> | undefined {
  // What a client says of the host may make it no URL at all.
  const url = URL.parse(request.url);
  if (url === null) return badRequest();
  const remote = bun.requestIP(request);
  // It was reset meanwhile. The runtime would not tell of the end of a WebSocket that it makes of such a connection.
  if (remote === null) return badRequest();
  const peerAddress = unmapIPv4(remote.address);
  const address = findClientAddress(peerAddress, request.headers, options.trustedProxies);
  const { pathname, searchParams } = url;
  if (pathname !== "/socket" && !pathname.startsWith("/socket/"))
    return handleRequest(request, { ...options, address });
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return badRequest();
  // Only browsers send it, and no page has any business here.
  if (request.headers.has("origin")) return new Response("Forbidden\n", { status: 403 });
  const credentials = readCredentials(searchParams);
  const says = credentials === undefined ? "by-message" : "in-url";
  if (options.failures.isRefused(address) || options.isFull(address, says)) {
    return new Response("Too Many Requests\n", { status: 429, headers: { "Retry-After": "1" } });
  }
  const caller = { address, remote: { address: peerAddress, port: remote.port }, credentials };
  // Bun would agree to whatever sub-protocol it is asked for; there is none.
  request.headers.delete("sec-websocket-protocol");
  const data = { caller, listener: undefined, closedBefore: undefined, wasCongested: false };
  return bun.upgrade(request, { data }) ? undefined : badRequest();
}

/** As Go answers what is no handshake. */
function badRequest(): Response {
  return new Response("Bad Request\n", { status: 400, headers: { "Sec-Websocket-Version": "13" } });
}

/** Without a token in the URL, an Auth message is to come. */
function readCredentials(parameters: URLSearchParams): Credentials | undefined {
  const token = parameters.get("token");
  if (token === null || token === "") return undefined;
  return { by: "url", token, reverse: parameters.get("reverse"), instance: parseInstance(parameters.get("instance")) };
}

/** Who names no instance, or none that is a UUID, is one of his own. */
function parseInstance(text: string | null): string {
  const digits = (text ?? "").replaceAll("-", "").toLowerCase();
  return /^[\da-f]{32}$/.test(digits) ? formatUuid(parseUuid(digits)) : crypto.randomUUID();
}
