import { isLoopback } from "../../net/address-range.ts";
import { isIPv6 } from "../../platform/network/ip-address.ts";
import type { Report } from "./finding.ts";
import type { Listener } from "./listeners.ts";

/** The port that Argus speaks SOCKS5 to. */
export const ARGUS_SOCKS_PORT = 25_344;

/**
 * Checks the ways in: that Argus finds one, that they do not collide and that none is open.
 * @param mayBeOpen the owner lets listeners without a password be reached from other machines.
 */
export function checkListeners(listeners: readonly Listener[], report: Report, mayBeOpen = false): void {
  checkArgusPort(listeners, report);
  checkCollisions(listeners, report);
  for (const listener of listeners) checkExposure(listener, report, mayBeOpen);
}

/**
 * Whether others can read a file and so the `secret` in it.
 * @param mode its permission bits, where there is a file yet.
 */
export function checkMode(mode: number | undefined, secret: string, report: Report): void {
  if (mode === undefined || (mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8);
  report("warning", 1, `other users of this machine may have access to the ${secret}: mode ${shown}`, "chmod 600");
}

/** Whether Argus finds a way in without being told where. */
function checkArgusPort(listeners: readonly Listener[], report: Report): void {
  const [first, ...others] = listeners.filter((listener) => listener.kind === "socks5");
  if (first === undefined || [first, ...others].some(({ port }) => port === ARGUS_SOCKS_PORT)) return;
  const message = `no [Socks5] listens on port ${ARGUS_SOCKS_PORT}, which Argus dials`;
  report("warning", first.line, message, "set WIREPROXY_BIND_ADDRESS for Argus, or change the port");
}

/** Whether others than this machine's programs can use a listener. */
function checkExposure(listener: Listener, report: Report, mayBeOpen: boolean): void {
  if (isLoopback(listener.host) || listener.protected) return;
  const knowsPasswords = listener.kind === "socks5" || listener.kind === "http";
  const remedy = `${knowsPasswords ? "set Username and Password, or " : ""}bind it to 127.0.0.1`;
  const message = "this listener is open to the network without a password";
  if (mayBeOpen) {
    const hint = `${remedy}; in a container, publish its port on 127.0.0.1 alone`;
    report("warning", listener.line, `${message}, as listen.beyond_loopback allows`, hint);
  } else {
    const hint = `${remedy}; in a container, where only you reach it, set listen: { beyond_loopback: true } in config.yaml`;
    report("error", listener.line, message, hint);
  }
}

/** Go opens a wildcard address for both families, so it collides with every host on its port. */
function checkCollisions(listeners: readonly Listener[], report: Report): void {
  const ports = new Map<string, Map<string, Listener>>();
  for (const listener of listeners) {
    const hosts = ports.getOrInsertComputed(`${listener.transport} ${listener.port}`, () => new Map());
    const host = normalizeHost(listener.host);
    const other = host === WILDCARD ? hosts.values().next().value : (hosts.get(host) ?? hosts.get(WILDCARD));
    if (!hosts.has(host)) hosts.set(host, listener);
    if (other === undefined) continue;
    const message = `this address collides with the one on line ${other.line}`;
    report("error", listener.line, message, "give each listener a port of its own");
  }
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
