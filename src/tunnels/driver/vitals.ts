/**
 * What one event says about the peer, whatever carries the tunnel.
 * - `answered`: it completed a handshake with us. `heard`: something of it arrived.
 * - `unanswered`: a handshake went without answer. `gave-up`: no more of them are tried until there is new traffic.
 * - `stopped-hearing`: data was sent and nothing came back.
 * - `send-failed`: this machine could not send.
 * - `wanted`: somebody asked to be carried.
 */
export type Sign = "answered" | "heard" | "unanswered" | "gave-up" | "stopped-hearing" | "send-failed" | "wanted";

export interface SignEvent {
  readonly sign: Sign;
  /** Milliseconds of a clock that only moves forward. */
  readonly at: number;
  /** Of `send-failed`: the system's words, such as `network is unreachable`. Of `unanswered`: why, where that is known. */
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
}

/** What was learnt since the last look. */
export interface Vitals {
  /** In the order in which they came. */
  readonly signs: readonly SignEvent[];
  /** Null where they could not be read, or there are none. */
  readonly counters: Counters | null;
}
