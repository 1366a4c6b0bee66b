import { describe, expect, test } from "bun:test";
import { decodeMessage } from "../../../src/linksocks/codec/decode.ts";
import { inflateBody } from "../../../src/linksocks/codec/inflate.ts";
import type { Decoded } from "../../../src/linksocks/codec/message.ts";
import { TYPE } from "../../../src/linksocks/codec/wire-format.ts";
import { CHANNEL, fromHex, SENT, SENT_BY_LATER_PEERS, TCP_DATA } from "./examples.ts";
import { FOREIGN } from "./foreign-examples.ts";

const ID = "00112233445566778899aabbccddeeff";
const LONGEST_MESSAGE = 32 * 1024 * 1024;
const CONNECT = { type: "connect", channel: CHANNEL, resume: false, window: undefined } as const;
const EXAMPLE_COM = { host: "example.com", port: 443 };
const CONNECT_TCP = `010301${ID}0b6578616d706c652e636f6d01bb`;
const CONNECT_UDP = `010302${ID}`;

describe("decoding", () => {
  test.each([...SENT, ...SENT_BY_LATER_PEERS, ...FOREIGN])(
    "a documented message is decoded: $name",
    ({ hex, message }) => {
      expect(decode(hex)).toEqual(message);
    },
  );
});

describe("what is malformed", () => {
  test.each([
    ["nothing", ""],
    ["a version alone", "01"],
    ["another major version", "11fe0000"],
    ["Auth without a body", "0101"],
    ["Auth that is short", "010101"],
    ["AuthResponse whose text is shorter than announced", "0102000361"],
    ["Connect whose port is missing", `010301${ID}0161`],
    ["Data without a body", "0104"],
    ["Data of UDP without endpoints", `010402${ID}0000000000`],
    ["Disconnect without a body", "0106"],
    ["Connector with an operation that does not exist", `0107${ID}02616209`],
    ["Log that is shorter than announced", "010900000003ab"],
    ["Auth with a token that is not UTF-8", `010101ff01${ID}`],
    ["AuthResponse that assigns a token that is not UTF-8", `010201ff${"ff".repeat(255)}`],
    ["Connector with a token that is not UTF-8", `0107${ID}01ff01`],
    ["ConnectorResponse with a token that is not UTF-8", `0108${ID}0101ff`],
  ])("%s is malformed", (_name, hex) => {
    expect(decode(hex)).toEqual({ type: "malformed", reason: expect.stringMatching(/./) });
  });

  test.each<[string, string, Decoded]>([
    ["an unknown type of two bytes", "02fe", { type: "unknown", code: 0xfe }],
    ["an unknown type with a body", "01fe0000", { type: "unknown", code: 0xfe }],
    ["AuthResponse, bare failure", "010200", { type: "auth-response", success: false, error: "" }],
    ["AuthResponse, failure abc", "01020003616263", { type: "auth-response", success: false, error: "abc" }],
    ["Connect of no protocol", `010303${ID}`, { ...CONNECT, protocol: "none", target: undefined }],
    ["Data without bytes", `010401${ID}0000000000`, { ...TCP_DATA, body: Buffer.alloc(0) }],
    ["Log without members", "0109000000027b7d", { type: "log", level: "", text: "" }],
  ])("%s is accepted", (_name, hex, message) => {
    expect(decode(hex)).toEqual(message);
  });

  test("Data that says gzip and is none is refused when it is inflated", async () => {
    const message = decode(`010401${ID}0100000003616263`);
    if (message.type !== "data") throw new Error(`it is ${message.type}`);
    expect(message).toMatchObject({ isCompressed: true, body: Buffer.from("abc") });
    expect(await inflateBody(message)).toBeUndefined();
  });

  test("unlike in Go, a failed ConnectResponse without a length byte is accepted: rusocks and the worker send it", () => {
    expect(decode(`010500${ID}`)).toEqual({
      type: "connect-response",
      channel: CHANNEL,
      success: false,
      error: "",
      window: undefined,
    });
  });

  test("unlike in Go, a failed ConnectorResponse without a length byte is accepted: rusocks and the worker send it", () => {
    expect(decode(`0108${ID}00`)).toEqual({
      type: "connector-response",
      request: CHANNEL,
      success: false,
      error: "",
      token: "",
    });
  });
});

describe("the envelope", () => {
  test("only the high nibble of the version is compared", () => {
    const read = Array.from({ length: 256 }, (_, version) =>
      decodeMessage(Buffer.from([version, TYPE.authResponse, 1])),
    );
    const isAccepted = read.map(({ type }) => type === "auth-response");
    expect(isAccepted).toEqual(Array.from({ length: 256 }, (_, version) => version < 16));
    expect(read.slice(16).every(({ type }) => type === "malformed")).toBe(true);
  });

  test("every type that has no meaning here is unknown, with a body or without", () => {
    const known = new Set<number>(Object.values(TYPE));
    const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => !known.has(code));
    expect(codes).toHaveLength(244);
    for (const code of codes) {
      expect(decodeMessage(Buffer.from([1, code]))).toEqual({ type: "unknown", code });
      expect(decodeMessage(Buffer.from([2, code, 0xff, 0xff]))).toEqual({ type: "unknown", code });
    }
  });

  test("a message of 32 MiB is read, a longer one is not", () => {
    const frame = Buffer.alloc(LONGEST_MESSAGE + 1);
    frame.set(fromHex(`010401${ID}00`));
    frame.writeUInt32BE(LONGEST_MESSAGE - 24, 20);
    const longest = decodeMessage(frame.subarray(0, LONGEST_MESSAGE));
    expect(longest.type === "data" && longest.body.length).toBe(LONGEST_MESSAGE - 24);
    expect(decodeMessage(frame)).toEqual({ type: "malformed", reason: "message too long" });
  });

  test("a body is a part of the frame, which may itself be a part of something", () => {
    const around = Buffer.concat([
      Buffer.from("before"),
      fromHex(`010401${ID}000000000568656c6c6f`),
      Buffer.from("after"),
    ]);
    const frame = around.subarray(6, around.length - 5);
    const message = decodeMessage(frame);
    if (message.type !== "data") throw new Error(`it is ${message.type}`);
    expect(message.body.buffer).toBe(frame.buffer);
    expect(message.body.byteOffset).toBe(frame.byteOffset + 24);
    frame.write("jelly", 24);
    expect(message.body).toEqual(Buffer.from("jelly"));
  });

  test("a body that much follows in its frame is a copy, so that the rest is not kept with it", () => {
    const frame = Buffer.concat([fromHex(`010401${ID}000000000568656c6c6f`), Buffer.alloc(1024 * 1024)]);
    const message = decodeMessage(frame);
    if (message.type !== "data") throw new Error(`it is ${message.type}`);
    expect(message.body).toEqual(Buffer.from("hello"));
    expect(message.body.buffer.byteLength).toBeLessThan(frame.length);
  });
});

describe("what follows the last field is ignored", () => {
  /** They may go on with something that has a meaning, so that they have their own cases below. */
  const OPEN = new Set(["AuthResponse, success", "Disconnect, no reason"]);
  const isOpen = (name: string): boolean => OPEN.has(name) || name.startsWith("ConnectorResponse, success without");

  test.each(SENT.filter(({ name }) => !isOpen(name)))("$name", ({ hex, message }) => {
    for (const rest of ["00", "ff", "0000000000000007", "deadbeef".repeat(100)]) {
      expect(decode(hex + rest)).toEqual(message);
    }
  });

  test.each([
    ["AuthResponse and a token", "02020106336632613963", "ff00"],
    ["Disconnect and an empty reason", `0106${ID}00`, "ff00"],
    ["ConnectorResponse and an empty token", `0108${ID}0100`, "ff00"],
    ["window", `01f0${ID}00010000`, "ff00"],
    ["finish", `01f1${ID}`, "ff00"],
    ["Connect TCP with Resume", `${CONNECT_TCP}01`, "ff00"],
    ["Connect UDP with Resume", `${CONNECT_UDP}01`, "ff00"],
    ["Connect TCP with a window", `${CONNECT_TCP}0077700100040000`, "01"],
    ["ConnectResponse with a window", `010501${ID}0077700100040000`, "01"],
  ])("what follows the last field is ignored: %s", (_name, hex, rest) => {
    const message = decode(hex);
    expect(message.type).not.toBe("malformed");
    expect(decode(hex + rest)).toEqual(message);
  });
});

describe("what our own peers add", () => {
  const MARK = "00777001";

  test("a window after Connect, which is no Resume", () => {
    const marked = { ...CONNECT, window: 0x40000 };
    expect(decode(`${CONNECT_TCP}${MARK}00040000`)).toEqual({ ...marked, protocol: "tcp", target: EXAMPLE_COM });
    expect(decode(`${CONNECT_UDP}${MARK}00040000`)).toEqual({ ...marked, protocol: "udp", target: undefined });
  });

  test("what our own peers add: a window after a successful ConnectResponse, and never after a failed one", () => {
    const response = { type: "connect-response", channel: CHANNEL } as const;
    const largest = { ...response, success: true, error: "", window: 0xffff_ffff };
    expect(decode(`010501${ID}${MARK}ffffffff`)).toEqual(largest);
    const failure = { ...response, success: false, error: "no", window: undefined };
    expect(decode(`010500${ID}026e6f${MARK}ffffffff`)).toEqual(failure);
  });

  test("a mark that is cut, or another one, is neither a window nor Resume", () => {
    const unmarked = { ...CONNECT, protocol: "tcp", target: EXAMPLE_COM } as const;
    for (const rest of ["00", "007770", MARK, `${MARK}000400`, "0077700200040000", "0277700100040000"]) {
      expect(decode(CONNECT_TCP + rest)).toEqual(unmarked);
      expect(decode(`010501${ID}${rest}`)).toMatchObject({ success: true, window: undefined });
    }
  });

  test("how much was passed on, and that nothing follows", () => {
    expect(decode(`01f0${ID}80000001`)).toEqual({ type: "window", channel: CHANNEL, bytes: 0x8000_0001 });
    expect(decode(`01f1${ID}`)).toEqual({ type: "finish", channel: CHANNEL });
    expect(decode(`01f0${ID}800000`).type).toBe("malformed");
    expect(decode(`01f1${ID.slice(2)}`).type).toBe("malformed");
  });
});

describe("codes and flags", () => {
  test("a flag is true for any byte but zero", () => {
    expect(decode("0102ff")).toMatchObject({ success: true });
    expect(decode(`010502${ID}`)).toMatchObject({ success: true });
    expect(decode(`01010080${ID}`)).toMatchObject({ token: "", reverse: true });
  });

  test("a compression that does not exist is none, a protocol that does not exist has no endpoints", () => {
    expect(decode(`010409${ID}070000000161`)).toEqual({ ...TCP_DATA, protocol: "none", body: Buffer.from("a") });
  });

  test("Resume is the byte 01 and no other", () => {
    expect(decode(`${CONNECT_TCP}02`)).toMatchObject({ resume: false });
    expect(decode(`${CONNECT_TCP}01`)).toMatchObject({ resume: true, window: undefined });
  });

  test("texts that are no UTF-8 are read nevertheless", () => {
    expect(decode(`0106${ID}02c328`)).toMatchObject({ reason: "\ufffd(" });
  });
});

describe("JSON bodies", () => {
  test("members that are not known are ignored, white space and order do not matter", () => {
    expect(json(TYPE.log, ' { "msg" : "a" , "later" : [1] , "level" : "warn" } ')).toEqual({
      type: "log",
      level: "warn",
      text: "a",
    });
    expect(json(TYPE.partners, "{}")).toEqual({ type: "partners", count: 0 });
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", "1"],
    ["a level that is no text", '{"level":1}'],
    ["a text that is none", '{"msg":{}}'],
    ["nesting without end", "[".repeat(1_000_000)],
  ])("%s is no Log", (_name, text) => {
    expect(json(TYPE.log, text)).toEqual({ type: "malformed", reason: "invalid log message" });
  });

  test.each(['{"count":"2"}', '{"count":1.5}', '{"count":1e999}', "2"])("%s is no Partners", (text) => {
    expect(json(TYPE.partners, text)).toEqual({ type: "malformed", reason: "invalid partners message" });
  });
});

function decode(hex: string): Decoded {
  return decodeMessage(fromHex(hex));
}

function json(type: number, text: string): Decoded {
  const body = Buffer.from(text);
  const frame = Buffer.alloc(6 + body.length);
  frame.set([1, type]);
  frame.writeUInt32BE(body.length, 2);
  frame.set(body, 6);
  return decodeMessage(frame);
}
