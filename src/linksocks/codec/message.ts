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

/** What each message holds beside its type. */
interface Contents {
  auth: {
    token: string;
    /** The sender is a provider. */
    reverse: boolean;
    instance: ChannelId;
  };
  "auth-response": {
    success: boolean;
    /** Why not; empty on success. */
    error: string;
    /** The token to use from now on, where the server gave one. */
    assignedToken?: string | undefined;
  };
  connect: {
    channel: ChannelId;
    protocol: Protocol;
    /** Absent for UDP, whose datagrams name their own. */
    target?: HostAndPort | undefined;
    /** The channel exists already and moves to this connection. */
    resume?: boolean;
    /** How many bytes of the channel the sender takes in advance, where it keeps windows; see window.ts. */
    window?: number | undefined;
  };
  data: {
    channel: ChannelId;
    protocol: Protocol;
    isCompressed?: boolean;
    /** As on the wire, part of the message's bytes. */
    body: Uint8Array;
    /** UDP only: where a datagram came from, on its way to the SOCKS side. */
    source?: HostAndPort | undefined;
    /** UDP only: where a datagram goes, on its way to the exit side. */
    target?: HostAndPort | undefined;
  };
  "connect-response": {
    channel: ChannelId;
    success: boolean;
    /** Why not; empty on success. */
    error: string;
    window?: number | undefined;
  };
  disconnect: { channel: ChannelId; reason: string };
  connector: {
    request: ChannelId;
    /** Empty with `add`: the server makes one. */
    token: string;
    operation: "add" | "remove";
  };
  "connector-response": { request: ChannelId; success: boolean; error: string; token: string };
  log: { level: string; text: string };
  partners: { count: number };
  /** Between our own peers only: the receiver of a channel has passed on this many bytes of it. */
  window: { channel: ChannelId; bytes: number };
  /** Between our own peers only: no more data follows in this direction, the other one goes on. */
  finish: { channel: ChannelId };
  /** Direct mode, migration and whatever comes later: to be ignored. */
  unknown: { code: number };
  /** No message at all: the connection that it came over is to be ended. */
  malformed: { reason: string };
}

type MessageOf<Type extends keyof Contents> = {
  [Each in Type]: { readonly type: Each } & Readonly<Contents[Each]>;
}[Type];

export type AuthMessage = MessageOf<"auth">;
export type ConnectMessage = MessageOf<"connect">;
export type DataMessage = MessageOf<"data">;
export type ConnectResponseMessage = MessageOf<"connect-response">;
export type ConnectorMessage = MessageOf<"connector">;
export type ConnectorResponseMessage = MessageOf<"connector-response">;
export type LogMessage = MessageOf<"log">;
export type MalformedMessage = MessageOf<"malformed">;

/** What concerns one channel. */
export type ChannelMessage = MessageOf<"data" | "connect-response" | "disconnect" | "window" | "finish">;

export type Decoded = MessageOf<keyof Contents>;
export type LinkMessage = Exclude<Decoded, { readonly type: "unknown" | "malformed" }>;

/**
 * How peers of our own recognise each other: a Log message, which every other peer shows at trace level or drops. The
 * server speaks first, right after it has accepted a client; a client answers only to that. See channel/window.ts.
 */
export const SERVER_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_server_hello:windows=1" };

export const CLIENT_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_client_hello:windows=1" };
