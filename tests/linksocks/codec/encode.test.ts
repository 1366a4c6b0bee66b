import { describe, expect, test } from "bun:test";
import { encodeMessage, tcpDataHead } from "../../../src/linksocks/codec/encode.ts";
import type { LinkMessage } from "../../../src/linksocks/codec/message.ts";
import { CHANNEL, fromHex, INSTANCE, SENT, SENT_BY_LATER_PEERS, TCP_DATA, UDP_DATA } from "./examples.ts";

const ID = "00112233445566778899aabbccddeeff";
const CONNECT = { type: "connect", channel: CHANNEL, resume: false, window: undefined } as const;
const CONNECT_TCP = { ...CONNECT, protocol: "tcp", target: { host: "::1", port: 8080 } } as const;
const CONNECT_UDP = { ...CONNECT, protocol: "udp", target: undefined } as const;
const CONNECTED = { type: "connect-response", channel: CHANNEL, success: true, error: "", window: undefined } as const;
const FAILED = { ...CONNECTED, success: false } as const;

describe("encoding", () => {
  test.each(SENT)("a message is encoded byte for byte: $name", ({ hex, message }) => {
    expect(encode(message)).toBe(fromHex(hex).toString("hex"));
  });
});

describe("encoding what we add", () => {
  test.each(SENT_BY_LATER_PEERS)("a message of our own is encoded as version 0.1: $name", ({ hex, message }) => {
    expect(encode(message)).toBe(`01${fromHex(hex).toString("hex", 1)}`);
  });
});

describe("a failure has a length byte even without a text, for Go ends the connection without it", () => {
  test.each<[string, LinkMessage, string]>([
    ["AuthResponse", { type: "auth-response", success: false, error: "" }, "01020000"],
    ["ConnectResponse", FAILED, `010500${ID}00`],
    ["ConnectorResponse", connectorResponse(false, "", ""), `0108${ID}0000`],
  ])(
    "a failure has a length byte even without a text, for Go ends the connection without it: %s",
    (_name, message, hex) => {
      expect(encode(message)).toBe(hex);
    },
  );
});

describe("texts", () => {
  test.each<[string, (text: string) => LinkMessage, string]>([
    ["AuthResponse", (error) => ({ type: "auth-response", success: false, error }), "010200"],
    ["ConnectResponse", (error) => ({ ...FAILED, error }), `010500${ID}`],
    ["ConnectorResponse", (error) => connectorResponse(false, error, ""), `0108${ID}00`],
    ["Disconnect", (reason) => ({ type: "disconnect", channel: CHANNEL, reason }), `0106${ID}`],
  ])("%s cuts its text to 255 bytes between two characters", (_name, message, head) => {
    const written = (text: string): string => {
      const bytes = Buffer.from(encode(message(text)), "hex").subarray(head.length / 2);
      expect(encode(message(text))).toStartWith(head);
      expect(bytes[0]).toBe(bytes.length - 1);
      return bytes.toString("utf8", 1);
    };
    expect(written("a".repeat(255))).toBe("a".repeat(255));
    expect(written("a".repeat(300))).toBe("a".repeat(255));
    expect(written(`${"a".repeat(254)}é`)).toBe("a".repeat(254));
    expect(written(`${"a".repeat(253)}éé`)).toBe(`${"a".repeat(253)}é`);
    expect(written(`${"a".repeat(252)}😀`)).toBe("a".repeat(252));
    expect(written(`${"a".repeat(251)}😀b`)).toBe(`${"a".repeat(251)}😀`);
    expect(written("é".repeat(150))).toBe("é".repeat(127));
  });

  test.each<[string, (text: string) => LinkMessage]>([
    ["Auth", (token) => ({ type: "auth", token, reverse: false, instance: INSTANCE })],
    ["AuthResponse", (assignedToken) => ({ type: "auth-response", success: true, error: "", assignedToken })],
    ["Connector", (token) => ({ type: "connector", request: CHANNEL, token, operation: "add" })],
    ["ConnectorResponse", (token) => connectorResponse(true, "", token)],
    ["Connect", (host) => ({ ...CONNECT_TCP, target: { host, port: 1 } })],
    ["Data from somewhere", (host) => ({ ...UDP_DATA, body: Buffer.alloc(0), source: { host, port: 1 } })],
    ["Data to somewhere", (host) => ({ ...UDP_DATA, body: Buffer.alloc(0), target: { host, port: 1 } })],
  ])("%s takes a token or an address of 255 bytes, and refuses a longer one rather than cut it", (_name, message) => {
    expect(encode(message("a".repeat(255)))).toContain(`ff${"61".repeat(255)}`);
    expect(() => encodeMessage(message("a".repeat(256)))).toThrow("at most 255 bytes");
    expect(() => encodeMessage(message("é".repeat(128)))).toThrow("at most 255 bytes");
  });

  test("JSON is escaped as Go escapes it, and may be longer than 255 bytes", () => {
    const text = `\u2028\u2029${"x".repeat(300)}`;
    const written = `{"level":"info","msg":"\\u2028\\u2029${"x".repeat(300)}"}`;
    const bytes = Buffer.from(encode({ type: "log", level: "info", text }), "hex");
    expect(bytes.readUInt32BE(2)).toBe(written.length);
    expect(bytes.toString("utf8", 6)).toBe(written);
  });
});

describe("what we add for our own peers", () => {
  const MARK = "00777001";

  test.each<[string, typeof CONNECT_TCP | typeof CONNECT_UDP | typeof CONNECTED]>([
    ["Connect TCP", CONNECT_TCP],
    ["Connect UDP", CONNECT_UDP],
    ["ConnectResponse", CONNECTED],
  ])("a window follows %s, behind a mark that does not begin as Resume does", (_name, message) => {
    const marked = encode({ ...message, window: 0x40000 });
    expect(marked).toBe(`${encode(message)}${MARK}00040000`);
    const next = marked.slice(encode(message).length);
    expect(next).not.toStartWith("01");
    expect(encode({ ...message, window: 0 })).toBe(`${encode(message)}${MARK}00000000`);
    expect(encode({ ...message, window: 0xffff_ffff })).toBe(`${encode(message)}${MARK}ffffffff`);
  });

  test("a failed ConnectResponse has no window, and Resume leaves no place for one", () => {
    expect(encode({ ...FAILED, error: "no", window: 1 })).toBe(`010500${ID}026e6f`);
    expect(encode({ ...CONNECT_UDP, resume: true, window: 1 })).toBe(`010302${ID}01`);
  });

  test("how much was passed on, and that nothing follows", () => {
    expect(encode({ type: "window", channel: CHANNEL, bytes: 0x8000_0001 })).toBe(`01f0${ID}80000001`);
    expect(encode({ type: "finish", channel: CHANNEL })).toBe(`01f1${ID}`);
  });
});

describe("the fields that a protocol has are there, and no others", () => {
  const somewhere = { host: "a", port: 0x0102 };

  test("Connect has an address with TCP alone: after UDP its first byte could read as Resume", () => {
    expect(encode({ ...CONNECT, protocol: "udp", target: somewhere })).toBe(`010302${ID}`);
    expect(encode({ ...CONNECT, protocol: "tcp", target: undefined })).toBe(`010301${ID}000000`);
    expect(encode({ ...CONNECT, protocol: "none", target: somewhere })).toBe(`010300${ID}`);
  });

  test("Data has both endpoints with UDP alone", () => {
    const body = Buffer.from("b");
    const nowhere = { source: undefined, target: undefined };
    expect(encode({ ...UDP_DATA, ...nowhere, body })).toBe(`010402${ID}000000000162000000000000`);
    const both = { source: somewhere, target: { host: "", port: 0xffff } };
    expect(encode({ ...UDP_DATA, ...both, body })).toBe(`010402${ID}0000000001620161010200ffff`);
    expect(encode({ ...TCP_DATA, ...both, body })).toBe(`010401${ID}000000000162`);
  });
});

test("the head of a channel's TCP data, with a length and the bytes behind it, is its Data message", () => {
  const body = Buffer.from("hello");
  const head = tcpDataHead(CHANNEL);
  expect(head).toHaveLength(24);
  head.writeUInt32BE(body.length, 20);
  expect(Buffer.concat([head, body]).toString("hex")).toBe(encode({ ...TCP_DATA, body }));
});

test("a channel's name that has not 16 bytes is refused, for what follows it would be read as part of it", () => {
  expect(() => encodeMessage({ type: "finish", channel: CHANNEL.slice(1) })).toThrow("16 bytes");
  expect(() => encodeMessage({ type: "finish", channel: `${CHANNEL}x` })).toThrow("16 bytes");
  expect(() => tcpDataHead("")).toThrow("16 bytes");
});

function connectorResponse(success: boolean, error: string, token: string): LinkMessage {
  return { type: "connector-response", request: CHANNEL, success, error, token };
}

function encode(message: LinkMessage): string {
  return Buffer.from(encodeMessage(message)).toString("hex");
}
