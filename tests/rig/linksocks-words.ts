import type { LinksocksOptions, LinksocksRole } from "./linksocks-peer.ts";

/** The flags that `options` are on a command line; docs/protocols/linksocks.md#command-line. */
export function wordsFor(
  role: LinksocksRole,
  options: LinksocksOptions,
  ports: { readonly port: number; readonly socksPort: number },
): readonly string[] {
  if (options.python !== undefined) throw new Error("a command line takes no arguments of the Python API");
  return [
    ...(role === "server" ? serverWords(options, ports.port) : clientWords(options)),
    ...value("-t", options.token),
    ...value("-c", options.connectorToken),
    ...value("-p", role === "provider" ? undefined : ports.socksPort),
    ...value("-n", options.socksUsername),
    ...value("-w", options.socksPassword),
    ...flag("-i", options.socksNoWait),
    ...flag("-f", options.fastOpen),
    ...value("-x", options.upstreamProxy),
    "-d",
    ...(options.words ?? []),
  ];
}

function serverWords(options: LinksocksOptions, port: number): readonly string[] {
  const wait = options.connectorWaitSeconds;
  return [
    ...["-H", "127.0.0.1", "-P", String(port)],
    ...flag("-r", options.reverse),
    ...flag("-a", options.autonomy),
    ...value("-b", options.bufferSize),
    ...value("-k", options.apiKey),
    ...value("--connector-wait-provider", wait === undefined ? undefined : `${wait}s`),
  ];
}

function clientWords(options: LinksocksOptions): readonly string[] {
  return [
    "-E",
    ...value("-u", options.url),
    ...value("-T", options.threads),
    ...flag("-R", options.reconnect === false),
    ...flag("--retry-auth", options.retryAuth),
  ];
}

function value(name: string, given: string | number | undefined): readonly string[] {
  return given === undefined ? [] : [name, String(given)];
}

function flag(name: string, given: boolean | undefined): readonly string[] {
  return given === true ? [name] : [];
}
