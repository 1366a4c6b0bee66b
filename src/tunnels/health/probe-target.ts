import { hostOfUrl } from "../../net/host-and-port.ts";

interface ProbeTarget {
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
  const host = hostOfUrl(url);
  const path = `${url.pathname}${url.search}`;
  const isPlain = url.protocol === "http:";
  return {
    host,
    port,
    request: isPlain ? `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n` : null,
  };
}

const DEFAULT_PORTS: { readonly [protocol: string]: number } = { "http:": 80, "https:": 443 };
