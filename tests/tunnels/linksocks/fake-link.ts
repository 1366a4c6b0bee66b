import type { ClientStatus } from "../../../src/linksocks/client/client.ts";
import type { ClientOptions } from "../../../src/linksocks/options.ts";
import type { Failure } from "../../../src/platform/failure.ts";
import type { LinkClient, StartLinkClient } from "../../../src/tunnels/linksocks/driver.ts";

/** A client of the test's own. Unless told otherwise it has no connection, and closes politely. */
export interface FakeLink extends LinkClient {
  readonly request: ClientOptions;
  readonly stops: number;
  readonly pings: number;
  readonly hurries: number;
  become(status: Partial<ClientStatus>): void;
  /** The first connection is authenticated. */
  connect(): void;
  /** It ends by itself. */
  fail(failure: Failure): void;
  pingWith(behaviour: () => Promise<number>): void;
  stopWith(behaviour: () => Promise<void>): void;
}

const NO_CONNECTION: ClientStatus = {
  connected: 0,
  channels: 0,
  roundTripMs: undefined,
  silentMs: undefined,
  lastFailure: undefined,
  receivedBytes: 0,
  sentBytes: 0,
};

export function createFakeLink(request: ClientOptions = NO_REQUEST): FakeLink {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let status = NO_CONNECTION;
  let [stops, pings, hurries] = [0, 0, 0];
  let ping = async () => 1;
  let stop = async () => ended.resolve();
  return {
    request,
    get stops() {
      return stops;
    },
    get pings() {
      return pings;
    },
    ready: ready.promise,
    ended: ended.promise,
    status: () => status,
    ping() {
      pings += 1;
      return ping();
    },
    retryNow() {
      hurries += 1;
    },
    get hurries() {
      return hurries;
    },
    stop() {
      stops += 1;
      return stop();
    },
    become(changed) {
      status = { ...status, ...changed };
    },
    connect() {
      status = { ...status, connected: 1, silentMs: 0 };
      ready.resolve();
    },
    fail(failure) {
      ready.reject(failure);
      ended.reject(failure);
    },
    pingWith(behaviour) {
      ping = behaviour;
    },
    stopWith(behaviour) {
      stop = behaviour;
    },
  };
}

/** Opens fake links, or fails as it is told to. */
export function createFakeOpener(): {
  readonly open: StartLinkClient;
  readonly links: readonly FakeLink[];
  failWith(failure: Failure): void;
} {
  const links: FakeLink[] = [];
  let failure: Failure | undefined;
  return {
    links,
    async open(request) {
      if (failure !== undefined) throw failure;
      const link = createFakeLink(request);
      links.push(link);
      return link;
    },
    failWith(next) {
      failure = next;
    },
  };
}

const NO_REQUEST: ClientOptions = {
  part: "tunnel",
  url: "ws://127.0.0.1",
  token: "",
  role: "client",
  socks: { host: "127.0.0.1", port: 1, username: "", password: "" },
  connectorToken: "",
  threads: 1,
  fastOpen: false,
  upstream: undefined,
  destinations: { allow: [], deny: [], isConfined: false },
  proxyEnvironment: undefined,
  headers: {},
  certificateAuthority: undefined,
  socksWithoutWaiting: true,
  reconnects: true,
  retriesAuthentication: false,
  reconnectDelayMs: 1,
  longestReconnectDelayMs: 1,
  now: () => performance.now(),
  onChange: () => undefined,
  log: () => undefined,
};
