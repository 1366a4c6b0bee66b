import type { ByteStream } from "../net/byte-stream.ts";

/** What a connection of an endpoint carries, as far as anybody has said. */
export type Protocol = "http" | "https" | "tcp" | "tls";

/**
 * Opens the far side of one connection. It resolves once bytes may flow; what has come before that, its listener keeps for
 * the next one (`listenTo`).
 * @throws DialError, Failure, or the system's error: why the far side cannot be reached.
 */
export type Dial = (signal: AbortSignal) => Promise<ByteStream>;

/** What is known of an endpoint; it can be kept on disk. */
export interface KnownEndpoint {
  /** Its identity: `scheme://host:port`, the host in lower case, the port always there. */
  readonly url: string;
  readonly protocol: Protocol;
  readonly hostname: string;
  readonly port: number;
  /** Under which the source knows it; several share one URL. They may change while the endpoint stays. */
  readonly ids: readonly string[];
  readonly description?: string | undefined;
}

/** What a source wants to exist. */
export interface DesiredEndpoint extends KnownEndpoint {
  readonly dial: Dial;
}

/** One poll's outcome. */
export interface Listing {
  readonly endpoints: readonly DesiredEndpoint[];
  /** Entries that cannot be endpoints, and why. */
  readonly unreadable: readonly { readonly entry: string; readonly reason: string }[];
}

/** How a source fares. Times are ISO 8601, in UTC. */
export interface SourceStatus {
  /** `waiting_for_key`: nothing can be asked yet. `auth_failed`: the key was refused. `degraded`: told by `lastPollError`. */
  readonly state: "ok" | "starting" | "waiting_for_key" | "auth_failed" | "degraded";
  readonly registered: boolean;
  readonly operatorId: string | null;
  /** `host:port` that connections are carried to. */
  readonly ingress: string | null;
  readonly certNotAfter: string | null;
  /** Why the certificate could not be renewed; it is tried again. */
  readonly lastRenewalError: string | null;
  readonly lastPoll: string | null;
  readonly lastPollError: string | null;
}

/** Somebody who knows which endpoints there should be. */
export interface EndpointSource {
  readonly name: "ngrok" | "static";
  /** @throws Failure, where the answer is not known: what stands then stays. */
  list(): Promise<Listing>;
  /** Milliseconds until `list` is due again, as its last outcome has it; undefined where nothing changes by itself. */
  restMs(): number | undefined;
  status(): SourceStatus;
  /**
   * Makes an endpoint of what it listed in a former process. A source that has it is remembered on disk, so that a start
   * without a network serves what there was.
   */
  revive?(known: KnownEndpoint): DesiredEndpoint;
  stop(): Promise<void>;
}
