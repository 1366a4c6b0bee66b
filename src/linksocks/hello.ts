import type { LogMessage } from "./codec/message.ts";

/**
 * How peers of our own recognise each other: a Log message, which every other peer shows at trace level or drops. The
 * server speaks first, right after it has accepted a client; a client answers only to that. See channel/window.ts.
 */
export const SERVER_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_server_hello:windows=1" };

export const CLIENT_HELLO: LogMessage = { type: "log", level: "trace", text: "wpdaemon_client_hello:windows=1" };
