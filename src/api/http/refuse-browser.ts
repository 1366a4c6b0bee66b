import { refuse } from "./envelope.ts";

/**
 * Refuses what a web page may have sent (reference page daemon-lifecycle-and-remote.md, REQ-CTL-2): a browser tells its
 * page's origin, and names the host that the page's address had, which a hostile name server may have led here.
 * @param tcpPort undefined on the unix socket, which no page reaches and where a host means nothing.
 * @returns the refusal, or undefined for every other request.
 */
export function refuseBrowser(request: Request, tcpPort: number | undefined): Response | undefined {
  if (request.headers.has("origin")) {
    return refuse(403, "foreign-origin", "requests of web pages are refused", "send no Origin header");
  }
  const host = request.headers.get("host");
  if (tcpPort === undefined || host === `127.0.0.1:${tcpPort}` || host === `localhost:${tcpPort}`) return undefined;
  return refuse(403, "foreign-host", "the Host header names another host", `ask http://127.0.0.1:${tcpPort}`);
}
