import { connectThroughSocks, type SocksProxy } from "../../net/socks-connect.ts";

/** Bytes of the first line of an answer; a status line has a tenth of that. */
const STATUS_LINE_BYTES = 1_024;

/**
 * Tries a tunnel by its SOCKS5 proxy, the name resolved on its far side.
 * @param target `http://host[:port]/path`: any HTTP status is good. `host:port` or `https://host[:port]`: a connection
 * is; nothing is sent on it.
 * @param deadlineMs for all of it. It never throws: whatever goes wrong, unknown targets included, is `failed`.
 */
export async function probeThrough(socks: SocksProxy, target: string, deadlineMs: number): Promise<"ok" | "failed"> {
  const aim = parseProbeTarget(target);
  if (aim === undefined) return "failed";
  try {
    const wire = await connectThroughSocks(socks, aim, deadlineMs);
    try {
      if (aim.request === null) return "ok";
      wire.send(new TextEncoder().encode(aim.request));
      return /^HTTP\/\d(?:\.\d)? \d{3}\b/.test(await wire.takeLine(STATUS_LINE_BYTES)) ? "ok" : "failed";
    } finally {
      wire.close();
    }
  } catch {
    return "failed";
  }
}

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** What to send once connected; null where the connection says enough. */
  readonly request: string | null;
}

/** What a probe's target means, or undefined where it is none. */
export function parseProbeTarget(text: string): ProbeTarget | undefined {
  const isPage = /^https?:\/\//i.test(text);
  const url = URL.parse(isPage ? text : `tcp://${text}`);
  if (url === null || url.hostname === "" || url.username !== "" || url.password !== "") return undefined;
  const port = Number(url.port || DEFAULT_PORTS[url.protocol] || 0);
  if (port === 0 || (!isPage && !/^[^/?#]+$/.test(text))) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const path = `${url.pathname}${url.search}`;
  const isPlain = url.protocol === "http:";
  return {
    host,
    port,
    request: isPlain ? `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n` : null,
  };
}

const DEFAULT_PORTS: { readonly [protocol: string]: number } = { "http:": 80, "https:": 443 };
