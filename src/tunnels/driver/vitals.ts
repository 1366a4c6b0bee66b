/**
 * What one event says about the peer, whatever carries the tunnel.
 * - `answered`: it completed a handshake with us. `heard`: something of it arrived.
 * - `unanswered`: a handshake went without answer. `gave-up`: no more of them are tried until there is new traffic.
 * - `lost`: the connection to it is gone as of this look, whatever came before.
 * - `stopped-hearing`: data was sent and nothing came back.
 * - `send-failed`: this machine could not send.
 * - `ping-failed`: what the owner has the tunnel ask (`CheckAlive`) did not answer.
 * - `wanted`: somebody asked to be carried.
 */
export type Sign =
  | "answered"
  | "heard"
  | "unanswered"
  | "gave-up"
  | "lost"
  | "stopped-hearing"
  | "send-failed"
  | "ping-failed"
  | "wanted";

export interface SignEvent {
  readonly sign: Sign;
  /** Milliseconds of a clock that only moves forward. */
  readonly at: number;
  /** The peer that it is about, as `PeerCounters.name`; absent where it is about every peer. */
  readonly peer?: string | undefined;
  /**
   * Of `send-failed`: the system's words, such as `network is unreachable`. Of `ping-failed`: the address.
   * Of `unanswered` and `lost`: why, where that is known.
   */
  readonly detail?: string | undefined;
}

/** What the tunnel's process counts, since it started. */
export interface Counters {
  /** Bytes on the outside, with all overhead. */
  readonly sent: number;
  readonly received: number;
  /** The latest handshake of any peer, milliseconds since the epoch; null before the first. */
  readonly handshakeAt: number | null;
  /** That peer's address, `ip:port` or `[ip]:port`; null where none is known. */
  readonly endpoint: string | null;
  /** Seconds between the keep-alives that are sent to each peer, 0 for none; absent where that is not known. */
  readonly keepAliveSeconds?: readonly number[] | undefined;
  /** Each peer by itself, where there are several. */
  readonly peers?: readonly PeerCounters[] | undefined;
}

/** What is counted of one peer. */
export interface PeerCounters extends Omit<Counters, "peers"> {
  /** As the log calls it: the beginning and the end of its public key, `AbCd…WxYz`. */
  readonly name: string;
}

/** What was learnt since the last look. */
export interface Vitals {
  /** In the order in which they came. */
  readonly signs: readonly SignEvent[];
  /** Null where they could not be read, or there are none. */
  readonly counters: Counters | null;
}
