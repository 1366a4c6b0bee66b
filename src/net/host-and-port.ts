/** Where something listens or is to be reached. An IPv6 host stands without brackets; `port` is 0 to 65535. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, an IPv6 host in brackets. */
export function formatHostAndPort({ host, port }: HostAndPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Reads `host:port`, an IPv6 host in brackets. The host may be empty and is not checked; the port is a decimal number.
 * @param defaultPort where the text may leave the port out.
 * @returns undefined for anything else.
 */
export function parseHostAndPort(text: string, defaultPort?: number): HostAndPort | undefined {
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  const port = parts?.[3] === undefined ? defaultPort : Number(parts[3]);
  if (parts === null || port === undefined || port > 65_535) return undefined;
  return { host: parts[1] ?? parts[2] ?? "", port };
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOfUrl(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
