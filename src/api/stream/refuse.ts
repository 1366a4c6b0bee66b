import { findBrowserFault, loopbackHosts } from "../http/refuse-browser.ts";

export interface DoorRules {
  readonly port: number;
  /** Origins of web pages that may listen. */
  readonly origins: readonly string[];
  readonly version: string;
}

/**
 * Refuses whatever may not have a WebSocket, or asks for none. Browsers let any page open one to this machine, so a page's
 * origin has to be in the list, and the Host header has to name this door: a hostile name server may have led the page
 * here (reference page event-stream.md section 11.1). Our own address passes as an origin: no page has it, because this
 * port serves none, but Python's `websocket-client` sends it unasked.
 * @returns the refusal, or undefined.
 */
export function refuseRequest(request: Request, { port, origins, version }: DoorRules): Response | undefined {
  const own = loopbackHosts(port).map((host) => `http://${host}`);
  switch (findBrowserFault(request, { port, origins: [...origins, ...own] })) {
    case "foreign-origin":
      return refuse(403, "web pages of this origin are refused: add it to the stream's origins in the settings");
    case "foreign-host":
      return refuse(403, `the Host header names another host: connect to ws://localhost:${port}`);
  }
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return undefined;
  return refuse(426, `this is the event stream of wpdaemon ${version}: connect a WebSocket to ws://localhost:${port}`, {
    Upgrade: "websocket",
  });
}

/** An answer of one sentence, after which the connection ends. */
export function refuse(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${sentence}\n`, { status, headers: { ...headers, Connection: "close" } });
}
