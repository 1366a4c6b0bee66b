/** Names of this machine, with any port: a door may be reached through another one, as `ssh -L 9000:localhost:8765` does. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

interface BrowserRules {
  /** Whether the door is on loopback; on a unix socket, which no page reaches, a host means nothing. */
  readonly onLoopback: boolean;
  /** Origins that may come in, as a browser writes them. */
  readonly origins: readonly string[];
  /**
   * Whether the address that was connected to passes as an origin. For a door that serves no page, so that no page has
   * that origin.
   */
  readonly allowsOwnOrigin?: boolean;
}

/**
 * Tells what a web page may have sent from every other request: a browser names its page's origin (RFC 6454 section 7),
 * and the host that the page's address had, which a hostile name server may have led here.
 * @returns what is wrong; undefined for a request that may pass.
 */
export function findBrowserFault(
  { headers }: Request,
  { onLoopback, origins, allowsOwnOrigin = false }: BrowserRules,
): "foreign-origin" | "foreign-host" | undefined {
  const origin = headers.get("origin");
  const host = headers.get("host")?.toLowerCase() ?? "";
  const isOwn = allowsOwnOrigin && origin?.toLowerCase() === `http://${host}`;
  if (origin !== null && !isOwn && !origins.includes(origin)) return "foreign-origin";
  return !onLoopback || LOOPBACK_HOST.test(host) ? undefined : "foreign-host";
}
