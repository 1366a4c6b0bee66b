import type { HostAndPort } from "../host-and-port.ts";
import type { BodyFraming } from "./http/fields.ts";

/** What the clients of a proxy's port speak, told apart by their first byte. */
export type ProxyProtocol = "socks5" | "socks4" | "http";

/** A client wants bytes carried to `target` and back: SOCKS's and HTTP's CONNECT. */
export interface ConnectRequest {
  readonly command: "connect";
  readonly protocol: ProxyProtocol;
  readonly target: HostAndPort;
}

/** A request in absolute form, which the proxy makes of the host in the client's place; RFC 9112 section 3.2.2. */
export interface ForwardRequest {
  readonly command: "forward";
  readonly protocol: "http";
  readonly target: HostAndPort;
  readonly method: string;
  /** What the host is to be sent in place of the head that came. */
  readonly head: Uint8Array;
  readonly body: BodyFraming;
  /** The client does not speak HTTP/1.1: no interim responses, no chunks, and the connection ends. */
  readonly isOld: boolean;
  /** The client sends further requests on this connection. */
  readonly keepsAlive: boolean;
  /** It asks for another protocol, as WebSocket does. */
  readonly upgrades: boolean;
}

/** What a client of a proxy asks for. For `udp-associate` the target is where datagrams come from. */
export type ProxyRequest =
  | ConnectRequest
  | { readonly command: "udp-associate"; readonly protocol: "socks5"; readonly target: HostAndPort }
  | ForwardRequest;

/** What became of the bytes so far. */
export interface ProxyProgress {
  /** What to send to the client now; may be empty. */
  readonly reply: Uint8Array;
  /** Nothing more is expected of this client: close it after the reply. */
  readonly isRefused: boolean;
  /** The whole request, once it is there, and the bytes that came after it. */
  readonly request: ProxyRequest | undefined;
  readonly rest: Uint8Array;
}

/** Reads what a client wants. */
export interface ProxyAcceptor {
  /** Takes the bytes as they come. */
  take(bytes: Uint8Array): ProxyProgress;
  /** The client has gone, or is read no further. */
  drop(): void;
}

export interface ProxyCredentials {
  /** One that is set is asked for, even alone; both empty: nobody is asked. */
  readonly username: string;
  readonly password: string;
}

/** Whether clients have to show them. */
export function areNeeded({ username, password }: ProxyCredentials): boolean {
  return username !== "" || password !== "";
}

export function makeProgress(reply: Iterable<number>, more: Partial<ProxyProgress> = {}): ProxyProgress {
  return { isRefused: false, request: undefined, rest: new Uint8Array(0), ...more, reply: new Uint8Array(reply) };
}

export function refuse(reply: Iterable<number>): ProxyProgress {
  return makeProgress(reply, { isRefused: true });
}
