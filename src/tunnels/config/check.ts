import { isIPv4, isIPv6 } from "../../platform/network/ip-address.ts";
import type { Finding } from "./finding.ts";
import type { Listener } from "./listeners.ts";

/** The port that Argus speaks SOCKS5 to. */
export const ARGUS_SOCKS_PORT = 25_344;

/** Checks the ways in: that Argus finds one, that they do not collide and that none is open. */
export function checkListeners(listeners: readonly Listener[], file: string): readonly Finding[] {
  return [
    ...checkArgusPort(listeners, file),
    ...findCollisions(listeners, file),
    ...listeners.flatMap((listener) => checkExposure(listener, file)),
  ];
}

/** Whether only this machine reaches the address. Any name but localhost may be looked up to anything. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  if (isIPv4(host)) return host.startsWith("127.");
  const normal = normalizeHost(host);
  return normal === "::1" || /^::ffff:7f[0-9a-f]{2}:/.test(normal);
}

/**
 * Whether others can read a file and so the `secret` in it.
 * @param mode its permission bits, where there is a file yet.
 */
export function checkMode(file: string, mode: number | undefined, secret: string): readonly Finding[] {
  if (mode === undefined || (mode & 0o077) === 0) return [];
  return [
    {
      severity: "warning",
      file,
      line: 1,
      message: `other users of this machine may have access to the ${secret}: mode ${(mode & 0o777).toString(8)}`,
      hint: "chmod 600",
    },
  ];
}

/** Whether Argus finds a way in without being told where. */
function checkArgusPort(listeners: readonly Listener[], file: string): readonly Finding[] {
  const [first, ...others] = listeners.filter((listener) => listener.kind === "socks5");
  if (first === undefined || [first, ...others].some(({ port }) => port === ARGUS_SOCKS_PORT)) return [];
  return [
    {
      severity: "warning",
      file,
      line: first.line,
      message: `no [Socks5] listens on port ${ARGUS_SOCKS_PORT}, which Argus dials`,
      hint: "set WIREPROXY_BIND_ADDRESS for Argus, or change the port",
    },
  ];
}

/** Whether others than this machine's programs can use a listener. */
function checkExposure(listener: Listener, file: string): readonly Finding[] {
  if (isLoopback(listener.host) || listener.protected) return [];
  const knowsPasswords = listener.kind === "socks5" || listener.kind === "http";
  return [
    {
      severity: "error",
      file,
      line: listener.line,
      message: "this listener is open to the network without a password",
      hint: `${knowsPasswords ? "set Username and Password, or " : ""}bind it to 127.0.0.1`,
    },
  ];
}

/** Go opens a wildcard address for both families, so it collides with every host on its port. */
function findCollisions(listeners: readonly Listener[], file: string): readonly Finding[] {
  const ports = new Map<string, Map<string, Listener>>();
  const findings: Finding[] = [];
  for (const listener of listeners) {
    const port = `${listener.transport} ${listener.port}`;
    const hosts = ports.get(port) ?? new Map<string, Listener>();
    ports.set(port, hosts);
    const host = normalizeHost(listener.host);
    const other = host === WILDCARD ? hosts.values().next().value : (hosts.get(host) ?? hosts.get(WILDCARD));
    if (!hosts.has(host)) hosts.set(host, listener);
    if (other === undefined) continue;
    findings.push({
      severity: "error",
      file,
      line: listener.line,
      message: `this address collides with the one on line ${other.line}`,
      hint: "give each listener a port of its own",
    });
  }
  return findings;
}

const WILDCARD = "any";

/** One spelling per address. */
function normalizeHost(host: string): string {
  const lower = host.toLowerCase() === "localhost" ? "127.0.0.1" : host.toLowerCase();
  const url = isIPv6(lower) && !lower.includes("%") ? URL.parse(`http://[${lower}]`) : null;
  // Bun's parser refuses a few valid addresses (0:1:ab:0::1.2.3.4): those are compared as written.
  const written = url?.hostname.slice(1, -1) ?? lower;
  return written === "0.0.0.0" || written === "::" ? WILDCARD : written;
}
