import type { ByteStream } from "../../net/byte-stream.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import type { StaticEndpoint } from "../config/settings.ts";
import type { EndpointSource, SourceStatus } from "../endpoint.ts";

interface StaticSourceParts {
  readonly endpoints: readonly StaticEndpoint[];
  /** Connects to a target. @param via the name of a tunnel; undefined: not through one. */
  readonly dial: (target: HostAndPort, via: string | undefined, signal: AbortSignal) => Promise<ByteStream>;
}

/** The endpoints that a configuration names one by one. */
export function createStaticSource({ endpoints, dial }: StaticSourceParts) {
  let current = endpoints;
  return {
    name: "static",
    async list() {
      return {
        endpoints: current.map(({ address, target, via }) => ({
          ...address,
          ids: [],
          ...(via === undefined ? {} : { description: `through ${via}` }),
          dial: (signal) => dial(target, via, signal),
        })),
        unreadable: [],
      };
    },
    restMs: () => undefined,
    status: () => STATUS,
    /** What holds from the next listing on. */
    configure(next: readonly StaticEndpoint[]): void {
      current = next;
    },
    async stop() {},
  } satisfies EndpointSource & Record<string, unknown>;
}

const STATUS: SourceStatus = {
  state: "ok",
  registered: false,
  operatorId: null,
  ingress: null,
  certNotAfter: null,
  lastRenewalError: null,
  lastPoll: null,
  lastPollError: null,
};
