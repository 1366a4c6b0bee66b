/** Names of a door on loopback, as clients write them in the Host header. */
export function loopbackHosts(port: number): readonly string[] {
  return [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`];
}

interface BrowserRules {
  /** Of the door on loopback; undefined on a unix socket, which no page reaches and where a host means nothing. */
  readonly port: number | undefined;
  /** Origins that may come in, as a browser writes them. */
  readonly origins: readonly string[];
}

/**
 * Tells what a web page may have sent from every other request: a browser names its page's origin (RFC 6454 section 7),
 * and the host that the page's address had, which a hostile name server may have led here.
 * @returns what is wrong; undefined for a request that may pass.
 */
export function findBrowserFault(
  { headers }: Request,
  { port, origins }: BrowserRules,
): "foreign-origin" | "foreign-host" | undefined {
  const origin = headers.get("origin");
  if (origin !== null && !origins.includes(origin)) return "foreign-origin";
  const host = headers.get("host")?.toLowerCase() ?? "";
  return port === undefined || loopbackHosts(port).includes(host) ? undefined : "foreign-host";
}
