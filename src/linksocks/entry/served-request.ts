import type { ByteStream } from "../../net/byte-stream.ts";
import type { SocksRequest } from "../../net/socks-server.ts";
import type { Session } from "../channel/session.ts";

/** A SOCKS client that has said what it wants, and the connection that is to carry it. */
export interface ServedRequest {
  /** Paused. */
  readonly stream: ByteStream;
  readonly request: SocksRequest;
  /** What the client sent behind its request. */
  readonly rest: Uint8Array;
  /** The client sends nothing more. */
  readonly hasEnded: boolean;
  readonly session: Session;
  readonly fastOpen: boolean;
}
