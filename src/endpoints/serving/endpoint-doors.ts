import { parseAddressRange } from "../../net/address-range.ts";
import type { SocketStream } from "../../net/byte-stream.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { libc } from "../../platform/libc.ts";
import { readAddress } from "../../platform/network/own-sockets.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { AddressBook } from "../addresses/address-book.ts";
import type { NetworkPorts } from "../addresses/network-ports.ts";
import type { NetSettings } from "../config/settings.ts";
import { createFlows, type FlowCounts, type Flows } from "../forwarding/flows.ts";
import { rewriteHost } from "../forwarding/rewrite-host.ts";
import { findListenAddress, VIRTUAL } from "../listeners/listen-place.ts";
import { type Listener, startListener } from "../listeners/listener.ts";
import { startNetworkListener } from "../listeners/network-listener.ts";
import type { Opened, ServedEndpoint } from "../reconcile/reconciler.ts";

/** What is open for one endpoint. */
export interface EndpointDoors extends Opened {
  /** Each `host:port` that it listens on. */
  readonly listen: readonly string[];
  /** `virtual`, or the address of this machine that it listens on besides. */
  readonly mode: string;
  /** Its port there; 0 where there is none. */
  readonly networkPort: number;
  /** Second descriptors of its listening sockets; the caller closes them. */
  lend(): readonly number[];
}

interface DoorsOptions {
  readonly net: () => NetSettings;
  readonly addresses: () => AddressBook;
  /** Makes an address one of this machine's. @throws Failure. */
  readonly takeAddress: (address: string) => void;
  readonly ports: () => NetworkPorts;
  /** Sockets that listen already, inherited from the process before. */
  readonly inherited: readonly number[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What an endpoint that has carried nothing yet has carried. */
const NOTHING: FlowCounts = {
  connections: 0,
  totalConnections: 0,
  errors: 0,
  lastError: undefined,
  lastActivity: undefined,
  bytesIn: 0,
  bytesOut: 0,
};

/**
 * Opens what listens for endpoints, and keeps their connections, which outlive that: an endpoint that listens elsewhere from
 * now on keeps its clients and its counts.
 */
export function createEndpointDoors({ net, addresses, takeAddress, ports, inherited, now }: DoorsOptions) {
  const flows = new Map<string, Flows>();
  const current = new Map<string, ServedEndpoint<EndpointDoors>>();
  const sockets = new Map(
    inherited.flatMap((descriptor) => {
      const own = readAddress(libc().getsockname, descriptor);
      return own === undefined ? [] : [[own.address, descriptor] as const];
    }),
  );

  return {
    /** @throws Failure where no address is left, or the settings name a place that this machine does not have. */
    open(served: ServedEndpoint<EndpointDoors>, changed: () => void): EndpointDoors {
      const { hostname, port } = served.endpoint;
      const own = flowsOf(served);
      const common = { ended: own.ended, onChange: changed };
      const accept = { ...common, accept: (client: SocketStream) => own.carry(client) };
      const ip = addresses().assign(hostname);
      takeAddress(ip);
      const mode = modeOf(hostname);
      const place = mode === VIRTUAL ? undefined : findListenAddress(mode);
      const listeners: Listener[] = [startListener({ host: ip, port, descriptor: take(ip, port), ...accept })];
      let networkPort = 0;
      if (place !== undefined) {
        const network = startOnNetwork(
          `${hostname}:${port}`,
          place,
          { ...common, accept: acceptGuest(served, own) },
          listeners,
        );
        listeners.push(network);
        networkPort = network.port;
      }
      return {
        ip,
        mode: place ?? VIRTUAL,
        networkPort,
        listen: [
          formatHostAndPort({ host: ip, port }),
          ...(place === undefined ? [] : [formatHostAndPort({ host: place, port: networkPort })]),
        ],
        fault: () => listeners.flatMap(({ error }) => error ?? []).join("; ") || undefined,
        lend: () => listeners.flatMap((listener) => listener.duplicateSocket() ?? []),
        stop() {
          for (const listener of listeners) listener.stop();
        },
      };
    },
    /** How an endpoint with this name listens, as the settings have it. */
    modeOf,
    countsOf: (url: string): FlowCounts => flows.get(url)?.counts ?? NOTHING,
    /** Resolves once no connection is left, or after so many milliseconds. */
    async deserted(milliseconds = Number.POSITIVE_INFINITY): Promise<void> {
      const all = Promise.all([...flows.values()].map((own) => own.deserted()));
      if (milliseconds === Number.POSITIVE_INFINITY) await all;
      else await settlesWithin(all, milliseconds);
    },
    terminateAll(): void {
      for (const own of flows.values()) own.terminateAll();
    },
    /** Forgets what was carried for endpoints that are gone. */
    forget(url: string): void {
      if (flows.get(url)?.counts.connections === 0) flows.delete(url);
      if (!flows.has(url)) current.delete(url);
    },
    /** The process before is about to close what it had; whatever has not been taken is nobody's. */
    forgetInherited: (): void => sockets.clear(),
  };

  function startOnNetwork(
    key: string,
    host: string,
    accept: Pick<Parameters<typeof startListener>[0], "accept" | "ended" | "onChange">,
    others: readonly Listener[],
  ): Listener {
    const allowed = net().allowCidrs?.flatMap((range) => parseAddressRange(range) ?? []);
    const known = ports().known(key);
    const descriptor = known === undefined ? undefined : take(host, known);
    try {
      return startNetworkListener(ports(), key, { host, allowed, descriptor, ...accept });
    } catch (error) {
      for (const other of others) other.stop();
      throw error;
    }
  }

  /** Who comes to another address names that one in a request of HTTP, and ngrok knows the endpoint's alone. */
  function acceptGuest({ endpoint: { protocol, hostname, port } }: ServedEndpoint<EndpointDoors>, own: Flows) {
    const usual = { http: 80, https: 443, tcp: undefined, tls: undefined }[protocol];
    if (usual === undefined) return (client: SocketStream) => own.carry(client);
    const host = port === usual ? hostname : `${hostname}:${port}`;
    return (client: SocketStream) => own.carry(client, (stream) => rewriteHost(stream, host));
  }

  function modeOf(hostname: string): string {
    return net().overrides.get(hostname) ?? net().listen;
  }

  function flowsOf(served: ServedEndpoint<EndpointDoors>): Flows {
    current.set(served.url, served);
    const known = flows.get(served.url) ?? createFlows(() => (current.get(served.url) ?? served).endpoint.dial, now);
    flows.set(served.url, known);
    return known;
  }

  /** Once: a socket that was closed meanwhile is not opened again. */
  function take(host: string, port: number): number | undefined {
    const key = formatHostAndPort({ host, port });
    const descriptor = sockets.get(key);
    sockets.delete(key);
    return descriptor;
  }
}
