import { Failure } from "../../platform/failure.ts";
import type { AuthMessage } from "../codec/message.ts";
import { parseUuid } from "../codec/uuid.ts";
import { LONGEST_TEXT } from "../codec/wire-format.ts";
import { UpgradeRefused } from "../link/client-link.ts";
import type { ClientOptions } from "../options.ts";
import { findEnvironmentProxy } from "./environment-proxy.ts";
import { type OpenTrunk, openTrunk, type TrunkOptions } from "./open-trunk.ts";
import { authenticateUrl, followRedirect, MAXIMUM_REDIRECTS, parseServerUrl } from "./server-url.ts";

export interface ReachOptions extends Pick<TrunkOptions, "onMessage" | "onClose"> {
  readonly client: ClientOptions;
  readonly token: string;
  /** A UUID, the same for all connections of a client. */
  readonly instance: string;
  /** The trusted certificates, PEM. */
  readonly certificateAuthority: string | undefined;
  readonly signal: AbortSignal;
}

type Headers = ClientOptions["headers"];

/** Connecting, TLS and the WebSocket's handshake may take so long, for each hop. */
const HANDSHAKE_MS = 45_000;

/** How a server answers at /socket that listens at /socket/, as rusocks does. */
const ELSEWHERE: readonly number[] = [200, 400, 404];

/**
 * Opens an authenticated connection to the server, wherever it redirects to;
 * docs/protocols/linksocks.md#opening-the-websocket.
 * @throws Failure, AuthenticationRefused, or Error with a sentence for people.
 */
export async function reachServer(options: ReachOptions): Promise<OpenTrunk> {
  const first = parseServerUrl(options.client.url);
  let server = first;
  for (let hops = 0; ; hops += 1) {
    // The user's headers may hold a password for the first server alone.
    const headers = server.host === first.host ? options.client.headers : {};
    try {
      return await open(server, headers, options);
    } catch (error) {
      if (error instanceof UpgradeRefused && ELSEWHERE.includes(error.status) && server.pathname === "/socket") {
        server = new URL(server);
        server.pathname = "/socket/";
        continue;
      }
      const isRedirect = error instanceof UpgradeRefused && error.status >= 301 && error.status <= 308;
      if (!isRedirect || hops >= MAXIMUM_REDIRECTS) throw error;
      server = followRedirect(server, await askForLocation(server, headers, options));
    }
  }
}

function open(server: URL, headers: Headers, options: ReachOptions): Promise<OpenTrunk> {
  const { client, token, instance, certificateAuthority, signal } = options;
  const reverse = client.role === "provider";
  const { url, method } = authenticateUrl(server, { token, reverse, instance });
  if (method === "message" && Buffer.byteLength(token) > LONGEST_TEXT) {
    throw new Failure("usage", `a token has at most ${LONGEST_TEXT} bytes`);
  }
  const authentication: AuthMessage = { type: "auth", token, reverse, instance: parseUuid(instance) };
  return openTrunk({
    link: {
      part: client.part,
      url: url.href,
      headers,
      certificateAuthority,
      proxy: proxyFor(server, options),
      milliseconds: HANDSHAKE_MS,
      signal,
    },
    authentication: method === "message" ? authentication : undefined,
    now: client.now,
    onMessage: options.onMessage,
    onClose: options.onClose,
  });
}

/** Bun's WebSocket tells that it was redirected, but not where to; so the server is asked once more, over HTTP. */
async function askForLocation(server: URL, headers: Headers, options: ReachOptions): Promise<string> {
  const { certificateAuthority, signal } = options;
  const proxy = proxyFor(server, options);
  const answer = await fetch(server.href.replace(/^ws/, "http"), {
    redirect: "manual",
    headers: { ...headers },
    signal: AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)]),
    ...(certificateAuthority === undefined ? {} : { tls: { ca: certificateAuthority } }),
    ...(proxy === undefined ? {} : { proxy }),
  });
  await answer.body?.cancel();
  const location = answer.headers.get("location");
  if (location === null)
    throw new Error(`the server redirects with status ${answer.status}, but does not say where to`);
  return location;
}

function proxyFor(server: URL, { client }: ReachOptions): string | undefined {
  return client.proxyEnvironment === undefined ? undefined : findEnvironmentProxy(server, client.proxyEnvironment);
}
