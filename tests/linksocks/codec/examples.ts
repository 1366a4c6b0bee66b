import type { Decoded, LinkMessage } from "../../../src/linksocks/codec/message.ts";

// Whole WebSocket messages, byte for byte.

export interface Example<M extends Decoded = Decoded> {
  readonly name: string;
  readonly hex: string;
  readonly message: M;
}

export const CHANNEL = fromHex("00112233445566778899aabbccddeeff").toString("latin1");
export const INSTANCE = fromHex("0f1e2d3c4b5a69788796a5b4c3d2e1f0").toString("latin1");
export const GZIP_OF_64_A = fromHex("1f 8b 08 00 00 00 00 00 00 ff 72 a4 10 00 02 00 00 ff ff 3c 62 4c 41 40 00 00 00");
export const GZIP_OF_HELLO = fromHex(
  "1f 8b 08 00 00 00 00 00 00 ff 01 05 00 fa ff 68 65 6c 6c 6f 86 a6 10 36 05 00 00 00",
);

const NOWHERE = { host: "", port: 0 };
const CONNECT = { type: "connect", channel: CHANNEL, resume: false, window: undefined } as const;
const CONNECT_RESPONSE = { type: "connect-response", channel: CHANNEL, window: undefined } as const;
const DATA = { type: "data", channel: CHANNEL, isCompressed: false } as const;
export const TCP_DATA = { ...DATA, protocol: "tcp", source: undefined, target: undefined } as const;
export const UDP_DATA = { ...DATA, protocol: "udp", source: NOWHERE, target: NOWHERE } as const;

/** What version 0.1 sends, and so do we. */
export const SENT: readonly Example<LinkMessage>[] = [
  {
    name: "Auth, forward role, token secret-token",
    hex: "01 01 0c 73 65 63 72 65 74 2d 74 6f 6b 65 6e 00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1 f0",
    message: { type: "auth", token: "secret-token", reverse: false, instance: INSTANCE },
  },
  {
    name: "Auth, reverse role, token secret-token",
    hex: "01 01 0c 73 65 63 72 65 74 2d 74 6f 6b 65 6e 01 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1 f0",
    message: { type: "auth", token: "secret-token", reverse: true, instance: INSTANCE },
  },
  {
    name: "AuthResponse, success",
    hex: "01 02 01",
    message: { type: "auth-response", success: true, error: "" },
  },
  {
    name: "AuthResponse, failure invalid token",
    hex: "01 02 00 0d 69 6e 76 61 6c 69 64 20 74 6f 6b 65 6e",
    message: { type: "auth-response", success: false, error: "invalid token" },
  },
  {
    name: "AuthResponse, failure with an empty error (encoder form)",
    hex: "01 02 00 00",
    message: { type: "auth-response", success: false, error: "" },
  },
  {
    name: "Connect TCP example.com:443",
    hex: `01 03 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 0b 65 78 61 6d 70 6c 65 2e 63 6f 6d 01
     bb`,
    message: { ...CONNECT, protocol: "tcp", target: { host: "example.com", port: 443 } },
  },
  {
    name: "Connect TCP ::1:8080",
    hex: "01 03 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 03 3a 3a 31 1f 90",
    message: { ...CONNECT, protocol: "tcp", target: { host: "::1", port: 8080 } },
  },
  {
    name: "Connect UDP",
    hex: "01 03 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
    message: { ...CONNECT, protocol: "udp", target: undefined },
  },
  {
    name: "ConnectResponse, success",
    hex: "01 05 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
    message: { ...CONNECT_RESPONSE, success: true, error: "" },
  },
  {
    name: "ConnectResponse, failure connection refused",
    hex: `01 05 00 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 12 63 6f 6e 6e 65 63 74 69 6f 6e 20 72
     65 66 75 73 65 64`,
    message: { ...CONNECT_RESPONSE, success: false, error: "connection refused" },
  },
  {
    name: "Data TCP, raw, hello",
    hex: "01 04 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 05 68 65 6c 6c 6f",
    message: { ...TCP_DATA, body: Buffer.from("hello") },
  },
  {
    name: "Data TCP, raw, empty body",
    hex: "01 04 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 00",
    message: { ...TCP_DATA, body: Buffer.alloc(0) },
  },
  {
    name: "Data TCP, gzip of 64 x A as Go emits it",
    hex: `01 04 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01 00 00 00 1b 1f 8b 08 00 00 00 00 00
     00 ff 72 a4 10 00 02 00 00 ff ff 3c 62 4c 41 40 00 00 00`,
    message: { ...TCP_DATA, isCompressed: true, body: GZIP_OF_64_A },
  },
  {
    name: "Data TCP, gzip of hello in one stored block",
    hex: `01 04 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01 00 00 00 1c 1f 8b 08 00 00 00 00 00
     00 ff 01 05 00 fa ff 68 65 6c 6c 6f 86 a6 10 36 05 00 00 00`,
    message: { ...TCP_DATA, isCompressed: true, body: GZIP_OF_HELLO },
  },
  {
    name: "Data UDP towards the exit, ping to 127.0.0.1:53",
    hex: `01 04 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 04 70 69 6e 67 00 00 00 09
     31 32 37 2e 30 2e 30 2e 31 00 35`,
    message: { ...UDP_DATA, body: Buffer.from("ping"), target: { host: "127.0.0.1", port: 53 } },
  },
  {
    name: "Data UDP towards the exit, ping to example.com:53",
    hex: `01 04 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 04 70 69 6e 67 00 00 00 0b
     65 78 61 6d 70 6c 65 2e 63 6f 6d 00 35`,
    message: { ...UDP_DATA, body: Buffer.from("ping"), target: { host: "example.com", port: 53 } },
  },
  {
    name: "Data UDP from the exit, pong from 127.0.0.1:53",
    hex: `01 04 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00 04 70 6f 6e 67 09 31 32 37
     2e 30 2e 30 2e 31 00 35 00 00 00`,
    message: { ...UDP_DATA, body: Buffer.from("pong"), source: { host: "127.0.0.1", port: 53 } },
  },
  {
    name: "Disconnect, no reason",
    hex: "01 06 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
    message: { type: "disconnect", channel: CHANNEL, reason: "" },
  },
  {
    name: "Disconnect, reason EOF",
    hex: "01 06 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 03 45 4f 46",
    message: { type: "disconnect", channel: CHANNEL, reason: "EOF" },
  },
  {
    name: "Connector, add guest-42",
    hex: "01 07 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 08 67 75 65 73 74 2d 34 32 01",
    message: { type: "connector", request: CHANNEL, token: "guest-42", operation: "add" },
  },
  {
    name: "Connector, remove guest-42",
    hex: "01 07 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 08 67 75 65 73 74 2d 34 32 02",
    message: { type: "connector", request: CHANNEL, token: "guest-42", operation: "remove" },
  },
  {
    name: "ConnectorResponse, success with token guest-42",
    hex: "01 08 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01 08 67 75 65 73 74 2d 34 32",
    message: { type: "connector-response", request: CHANNEL, success: true, error: "", token: "guest-42" },
  },
  {
    name: "ConnectorResponse, success without token (reply to remove)",
    hex: "01 08 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01",
    message: { type: "connector-response", request: CHANNEL, success: true, error: "", token: "" },
  },
  {
    name: "ConnectorResponse, failure connector token already exists",
    hex: `01 08 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 1e 63 6f 6e 6e 65 63 74 6f 72 20 74 6f
     6b 65 6e 20 61 6c 72 65 61 64 79 20 65 78 69 73 74 73`,
    message: {
      type: "connector-response",
      request: CHANNEL,
      success: false,
      error: "connector token already exists",
      token: "",
    },
  },
  {
    name: "Log info hi",
    hex: `01 09 00 00 00 1b 7b 22 6c 65 76 65 6c 22 3a 22 69 6e 66 6f 22 2c 22 6d 73 67 22 3a 22 68 69 22
     7d`,
    message: { type: "log", level: "info", text: "hi" },
  },
  {
    name: "Log: server hello (direct signalling available)",
    hex: `01 09 00 00 00 43 7b 22 6c 65 76 65 6c 22 3a 22 64 65 62 75 67 22 2c 22 6d 73 67 22 3a 22 6c 69
     6e 6b 73 6f 63 6b 73 5f 73 65 72 76 65 72 5f 68 65 6c 6c 6f 3a 64 69 72 65 63 74 5f 73 69 67 6e
     61 6c 69 6e 67 3d 31 22 7d`,
    message: { type: "log", level: "debug", text: "linksocks_server_hello:direct_signaling=1" },
  },
  {
    name: "Log: client hello",
    hex: `01 09 00 00 00 43 7b 22 6c 65 76 65 6c 22 3a 22 64 65 62 75 67 22 2c 22 6d 73 67 22 3a 22 6c 69
     6e 6b 73 6f 63 6b 73 5f 63 6c 69 65 6e 74 5f 68 65 6c 6c 6f 3a 64 69 72 65 63 74 5f 73 69 67 6e
     61 6c 69 6e 67 3d 31 22 7d`,
    message: { type: "log", level: "debug", text: "linksocks_client_hello:direct_signaling=1" },
  },
  {
    name: "Log warn, text a<b>&c + newline, with Go's JSON escaping",
    hex: `01 09 00 00 00 30 7b 22 6c 65 76 65 6c 22 3a 22 77 61 72 6e 22 2c 22 6d 73 67 22 3a 22 61 5c 75
     30 30 33 63 62 5c 75 30 30 33 65 5c 75 30 30 32 36 63 5c 6e 22 7d`,
    message: { type: "log", level: "warn", text: "a<b>&c\n" },
  },
  {
    name: "Partners, count 2",
    hex: "01 0a 00 00 00 0b 7b 22 63 6f 75 6e 74 22 3a 32 7d",
    message: { type: "partners", count: 2 },
  },
  {
    name: "Log trace, liveness probe",
    hex: `01 09 00 00 00 3e 7b 22 6c 65 76 65 6c 22 3a 22 74 72 61 63 65 22 2c 22 6d 73 67 22 3a 22 70 72
     6f 62 65 3a 7b 5c 22 76 65 72 73 69 6f 6e 5c 22 3a 5c 22 78 5c 22 2c 5c 22 74 69 6d 65 5c 22 3a
     31 7d 22 7d`,
    message: { type: "log", level: "trace", text: 'probe:{"version":"x","time":1}' },
  },
  {
    name: "Log trace, liveness answer",
    hex: `01 09 00 00 00 37 7b 22 6c 65 76 65 6c 22 3a 22 74 72 61 63 65 22 2c 22 6d 73 67 22 3a 22 70 6f
     6e 67 3a 7b 5c 22 76 65 72 73 69 6f 6e 5c 22 3a 5c 22 76 31 2e 30 2e 30 5c 22 7d 22 7d`,
    message: { type: "log", level: "trace", text: 'pong:{"version":"v1.0.0"}' },
  },
];

/** What version 0.2 sends, and we could, as 0.1. */
export const SENT_BY_LATER_PEERS: readonly Example<LinkMessage>[] = [
  {
    name: "AuthResponse success carrying an assigned token 3f2a9c",
    hex: "02 02 01 06 33 66 32 61 39 63",
    message: { type: "auth-response", success: true, error: "", assignedToken: "3f2a9c" },
  },
  {
    name: "Connect TCP with Resume",
    hex: `02 03 01 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 0b 65 78 61 6d 70 6c 65 2e 63 6f 6d 01
     bb 01`,
    message: { ...CONNECT, protocol: "tcp", target: { host: "example.com", port: 443 }, resume: true },
  },
  {
    name: "Connect UDP with Resume",
    hex: "02 03 02 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01",
    message: { ...CONNECT, protocol: "udp", target: undefined, resume: true },
  },
];

/** The bytes that `hex` shows, whatever white space stands between them. */
export function fromHex(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
}
