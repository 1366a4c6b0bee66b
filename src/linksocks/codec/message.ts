import type { HostAndPort } from "../../net/host-and-port.ts";

// LinkSocks: SOCKS5 over WebSocket, as the Go program speaks it (docs/protocols/linksocks.md), with flow control
// between peers of our own. codec/ turns bytes into messages, link/ is one WebSocket, channel/ carries one connection
// over it, entry/ accepts SOCKS, exit/ dials targets, server/ and client/ are the roles. It works without the daemon, and
// knows neither tunnels nor the command line.

/**
 * What a channel carries; a code of the wire that is neither means a peer newer than us.
 * docs/protocols/linksocks.md#frames.
 */
export type Protocol = "tcp" | "udp" | "none";

/** 16 raw bytes of a UUID, as a Latin-1 text of 16 characters: the cheapest key that a map can have. */
export type ChannelId = string;

export interface AuthMessage {
  readonly type: "auth";
  readonly token: string;
  /** The sender is a provider. */
  readonly reverse: boolean;
  readonly instance: ChannelId;
}

interface AuthResponseMessage {
  readonly type: "auth-response";
  readonly success: boolean;
  /** Why not; empty on success. */
  readonly error: string;
  /** The token to use from now on, where the server gave one. */
  readonly assignedToken?: string | undefined;
}

export interface ConnectMessage {
  readonly type: "connect";
  readonly channel: ChannelId;
  readonly protocol: Protocol;
  /** Undefined for UDP, whose datagrams name their own. */
  readonly target: HostAndPort | undefined;
  /** The channel exists already and moves to this connection. */
  readonly resume: boolean;
  /** How many bytes of the channel the sender takes in advance, where it keeps windows; see window.ts. */
  readonly window: number | undefined;
}

export interface DataMessage {
  readonly type: "data";
  readonly channel: ChannelId;
  readonly protocol: Protocol;
  readonly isCompressed: boolean;
  /** As on the wire, part of the message's bytes. */
  readonly body: Uint8Array;
  /** UDP only: where a datagram came from, on its way to the SOCKS side. */
  readonly source: HostAndPort | undefined;
  /** UDP only: where a datagram goes, on its way to the exit side. */
  readonly target: HostAndPort | undefined;
}

/** A datagram of a UDP channel, with the address that its direction needs. */
export function udpData(
  channel: ChannelId,
  body: Uint8Array,
  address: { readonly source: HostAndPort } | { readonly target: HostAndPort },
): DataMessage {
  return {
    type: "data",
    channel,
    protocol: "udp",
    isCompressed: false,
    body,
    source: undefined,
    target: undefined,
    ...address,
  };
}

export interface ConnectResponseMessage {
  readonly type: "connect-response";
  readonly channel: ChannelId;
  readonly success: boolean;
  readonly error: string;
  readonly window: number | undefined;
}

interface DisconnectMessage {
  readonly type: "disconnect";
  readonly channel: ChannelId;
  readonly reason: string;
}

export interface ConnectorMessage {
  readonly type: "connector";
  readonly request: ChannelId;
  /** Empty with `add`: the server makes one. */
  readonly token: string;
  readonly operation: "add" | "remove";
}

export interface ConnectorResponseMessage {
  readonly type: "connector-response";
  readonly request: ChannelId;
  readonly success: boolean;
  readonly error: string;
  readonly token: string;
}

export interface LogMessage {
  readonly type: "log";
  readonly level: string;
  readonly text: string;
}

/**
 * How peers of our own recognise each other: a Log message, which every other peer shows at trace level or drops. The
 * server speaks first, right after it has accepted a client; a client answers only to that. See channel/window.ts.
 */
export const SERVER_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_server_hello:windows=1" };

export const CLIENT_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_client_hello:windows=1" };

interface PartnersMessage {
  readonly type: "partners";
  readonly count: number;
}

/** Between our own peers only: the receiver of a channel has passed on this many bytes of it. */
interface WindowMessage {
  readonly type: "window";
  readonly channel: ChannelId;
  readonly bytes: number;
}

/** Between our own peers only: no more data follows in this direction, the other one goes on. */
interface FinishMessage {
  readonly type: "finish";
  readonly channel: ChannelId;
}

/** Direct mode, migration and whatever comes later: to be ignored. */
interface UnknownMessage {
  readonly type: "unknown";
  readonly code: number;
}

/** No message at all: the connection that it came over is to be ended. */
export interface MalformedMessage {
  readonly type: "malformed";
  readonly reason: string;
}

/** What concerns one channel. */
export type ChannelMessage = DataMessage | ConnectResponseMessage | DisconnectMessage | WindowMessage | FinishMessage;

export type LinkMessage =
  | AuthMessage
  | AuthResponseMessage
  | ConnectMessage
  | ChannelMessage
  | ConnectorMessage
  | ConnectorResponseMessage
  | LogMessage
  | PartnersMessage;

export type Decoded = LinkMessage | UnknownMessage | MalformedMessage;
