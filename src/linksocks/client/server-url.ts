import { Failure } from "../../platform/failure.ts";

/** How many redirects are followed before we give up; docs/protocols/linksocks.md#opening-the-websocket. */
export const MAXIMUM_REDIRECTS = 5;

/** The path by which a server is known to take its authentication from the URL. */
const AUTHENTICATING_PATH = "/socket";
const WEBSOCKET_SCHEMES: { readonly [protocol: string]: string } = {
  "http:": "ws:",
  "https:": "wss:",
  "ws:": "ws:",
  "wss:": "wss:",
};

interface Identity {
  readonly token: string;
  /** Announces a provider. */
  readonly reverse: boolean;
  /** A UUID, as text. */
  readonly instance: string;
}

/**
 * The server's address as the user writes it, completed; docs/protocols/linksocks.md#opening-the-websocket. It shows
 * nothing of the text where that is none.
 * @throws Failure `usage`
 */
export function parseServerUrl(text: string): URL {
  const given = text.trim();
  const hint = "write wss://host[:port][/path], or ws:// for a server without TLS";
  // A scheme whose colon or slashes went astray is no host.
  const isTorn = /^(?:wss?|https?)(?::?\/|:$|$)/i.test(given) && !given.includes("://");
  const url = given === "" || isTorn ? null : URL.parse(given.includes("://") ? given : `wss://${given}`);
  const webSocket = url === null ? undefined : toWebSocket(url);
  if (webSocket === undefined) throw new Failure("usage", "the server's URL is not valid", { hint });
  if (webSocket.pathname === "/") webSocket.pathname = AUTHENTICATING_PATH;
  return webSocket;
}

/**
 * What to open and how the client then authenticates; docs/protocols/linksocks.md#opening-the-websocket. To be asked
 * anew for every URL, that of a redirect too. `url` means that the server needs no Auth message.
 */
export function authenticateUrl(
  server: URL,
  identity: Identity,
): { readonly url: URL; readonly method: "url" | "message" } {
  const url = new URL(server);
  const hash = hashToken(identity.token);
  if (url.pathname === AUTHENTICATING_PATH) {
    url.searchParams.set("token", hash);
    url.searchParams.set("reverse", String(identity.reverse));
    url.searchParams.set("instance", identity.instance);
    url.searchParams.sort();
    return { url, method: "url" };
  }
  // A redirect may have brought it along; beside an Auth message it would make the server ignore that.
  if (url.searchParams.get("token") === hash) url.searchParams.delete("token");
  return { url, method: "message" };
}

/**
 * Where a redirect leads, still without authentication; docs/protocols/linksocks.md#opening-the-websocket. Another host
 * is the server's own choice, and it gets the token as the first one did, but never with less protection on the way.
 * @param location as the server gave it, relative or whole.
 * @throws Error where it leads from TLS to a connection without, or to no WebSocket: the server may be mended.
 */
export function followRedirect(from: URL, location: string): URL {
  const parsed = URL.parse(location, from.href);
  const url = parsed === null ? undefined : toWebSocket(parsed);
  if (url === undefined) throw new Error("the server redirects to something that is no WebSocket");
  if (from.protocol === "wss:" && url.protocol === "ws:") {
    throw new Error("the server redirects from TLS to a connection without it, which is refused");
  }
  return url;
}

/** Undefined for another scheme. A WebSocket's URL has no fragment, RFC 6455 section 3. */
function toWebSocket(url: URL): URL | undefined {
  const scheme = WEBSOCKET_SCHEMES[url.protocol];
  if (scheme === undefined) return undefined;
  const converted = new URL(url);
  converted.protocol = scheme;
  converted.hash = "";
  return converted;
}

function hashToken(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex");
}
