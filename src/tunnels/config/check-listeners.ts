import { isIPv4, isIPv6 } from "../../platform/network/ip-address.ts";
import type { Circumstances } from "../wireproxy/config/circumstances.ts";
import type { Listener, WireproxyConfig } from "../wireproxy/config/model.ts";
import type { Finding } from "./finding.ts";
import { LISTENER_KINDS } from "./listeners.ts";

/** The port that Argus speaks SOCKS5 to. */
export const ARGUS_SOCKS_PORT = 25_344;

/** Checks the ways in: that there are some, that Argus finds one, that they do not collide and that none is open. */
export function checkListeners(config: WireproxyConfig, circumstances: Circumstances): readonly Finding[] {
  return [
    ...checkPresence(config, circumstances),
    ...checkArgusPort(config, circumstances.file),
    ...findCollisions(config.listeners, circumstances.file),
    ...config.listeners.flatMap((listener) => checkExposure(listener, circumstances.file)),
    ...config.listeners.flatMap((listener) => checkName(listener, circumstances.file)),
    ...checkKernel(config, circumstances),
  ];
}

/** Whether only this machine reaches the address. Any name but localhost may be looked up to anything. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  if (isIPv4(host)) return host.startsWith("127.");
  const normal = normalizeHost(host);
  return normal === "::1" || /^::ffff:7f[0-9a-f]{2}:/.test(normal);
}

function checkPresence(config: WireproxyConfig, { file, text }: Circumstances): readonly Finding[] {
  if (config.sections.some((section) => section.name === "Socks5")) return [];
  const commented = findCommentedSocks5(text);
  const waysIn = config.sections.some(({ name }) => LISTENER_KINDS[name] !== undefined || name === "TCPServerTunnel");
  return [
    {
      severity: waysIn ? "warning" : "error",
      file,
      line: commented ?? 1,
      message: waysIn
        ? "no section [Socks5]: Argus finds no way into this tunnel"
        : "no section listens: there is no way into this tunnel",
      hint:
        commented === undefined
          ? `add [Socks5] with BindAddress = 127.0.0.1:${ARGUS_SOCKS_PORT}`
          : `[Socks5] is commented out on line ${commented}: remove the sign before it and before its keys`,
    },
  ];
}

function findCommentedSocks5(text: string): number | undefined {
  const index = text.split("\n").findIndex((line) => /^[#;\s]*[#;]\s*\[socks5\]/i.test(line));
  return index === -1 ? undefined : index + 1;
}

/** Whether Argus finds a way in without being told where. */
export function checkArgusPort({ listeners }: Pick<WireproxyConfig, "listeners">, file: string): readonly Finding[] {
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
export function checkExposure(listener: Listener, file: string): readonly Finding[] {
  if (isLoopback(listener.host) || listener.protected) return [];
  const knowsPasswords = listener.kind === "socks5" || listener.kind === "http";
  return [
    {
      file,
      line: listener.line,
      severity: "error",
      message: "this listener is open to the network without a password",
      hint: `${knowsPasswords ? "set Username and Password, or " : ""}bind it to 127.0.0.1`,
    },
  ];
}

function checkName(listener: Listener, file: string): readonly Finding[] {
  if (listener.host.toLowerCase() !== "localhost") return [];
  return [
    {
      file,
      line: listener.line,
      severity: "warning",
      message: "wireproxy asks the name server for localhost, because its sandbox hides /etc/hosts",
      hint: "write 127.0.0.1",
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

/** wireproxy 1.1.3 forbids itself this port in its sandbox; reference page section 10.5. */
function checkKernel({ listeners }: WireproxyConfig, { file, linuxRelease }: Circumstances): readonly Finding[] {
  const release = /^(\d+)\.(\d+)/.exec(linuxRelease ?? "");
  const [major, minor] = [Number(release?.[1] ?? 0), Number(release?.[2] ?? 0)];
  if (major < 6 || (major === 6 && minor < 7)) return [];
  return listeners
    .filter((listener) => listener.kind === "tcp-client")
    .map((listener) => ({
      severity: "warning",
      file,
      line: listener.line,
      message: "[TCPClientTunnel] cannot open its port on Linux 6.7 and later: wireproxy's own sandbox forbids it",
      hint: "use [Socks5] instead until wireproxy has mended it (issue 218)",
    }));
}
