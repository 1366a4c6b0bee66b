import { describe, expect, test } from "bun:test";
import { assert, property, uint8Array } from "fast-check";
import { decodeConnectResponse, decodeLength, encodeConnectRequest } from "../../../src/endpoints/forwarding/frame.ts";

describe("a request to the ingress", () => {
  test.each([
    ["app.example", 80, "0f00 0a0b6170702e6578616d706c65 1050"],
    ["db.example", 5432, "0f00 0a0a64622e6578616d706c65 10b82a"],
    ["api.example.com", 443, "1400 0a0f6170692e6578616d706c652e636f6d 10bb03"],
    ["app.example", 8080, "1000 0a0b6170702e6578616d706c65 10903f"],
    ["x.y", 65_535, "0900 0a03782e79 10ffff03"],
  ])("asking for %s:%i has the bytes of the protocol", (host, port, bytes) => {
    expect(Buffer.from(encodeConnectRequest(host, port)).toString("hex")).toBe(bytes.replaceAll(" ", ""));
  });

  test("a host name of 132 bytes has a length of two bytes within the frame", () => {
    const host = `${"a".repeat(60)}.${"b".repeat(63)}.example`;
    const frame = Buffer.from(encodeConnectRequest(host, 80));
    expect(frame.toString("hex")).toBe(`89000a8401${Buffer.from(host).toString("hex")}1050`);
  });

  test("a host name that no frame has room for is refused", () => {
    expect(() => encodeConnectRequest("a".repeat(65_536), 80)).toThrow("the host name has 65536 bytes");
  });
});

describe("an answer of the ingress", () => {
  const OK = { endpointId: "ep_2abcDEF", proto: "http", errorCode: "", errorMessage: "", notices: [] };

  test.each([
    ["success over HTTP", "1200 0a0a65705f32616263444546 120468747470", OK],
    ["success over TCP", "1100 0a0a65705f32616263444546 1203746370", { ...OK, proto: "tcp" }],
    [
      "an error with its message",
      "2200 1a0e4552525f4e47524f4b5f33323030 2210656e64706f696e74206f66666c696e65",
      { ...OK, endpointId: "", proto: "", errorCode: "ERR_NGROK_3200", errorMessage: "endpoint offline" },
    ],
    [
      "an error that is a code alone",
      "0f00 1a0d4552525f4e47524f4b5f373036",
      { ...OK, endpointId: "", proto: "", errorCode: "ERR_NGROK_706" },
    ],
    [
      "success with a notice",
      "2700 0a0a65705f32616263444546120468747470 2a130a1164657072656361746564 20636c69656e74",
      { ...OK, notices: ["deprecated client"] },
    ],
    [
      "success with fields that nobody knows",
      "2200 0a0465705f31 1203746370 309601 3d01020304 410000000000000000 820103616263",
      { ...OK, endpointId: "ep_1", proto: "tcp" },
    ],
    ["an empty body, which is success", "0000", { ...OK, endpointId: "", proto: "" }],
    ["a field twice, of which the last counts", "0b00 1203746370 120468747470", { ...OK, endpointId: "" }],
  ])("is read: %s", (_, hex, expected) => {
    expect(readFrame(hex)).toEqual(expected);
  });

  test("a body of 318 bytes shows that the lower byte of the length comes first", () => {
    const message = "x".repeat(300);
    const hex = `3e011a0d4552525f4e47524f4b5f37303322ac02${Buffer.from(message).toString("hex")}`;
    expect(readFrame(hex)).toMatchObject({ errorCode: "ERR_NGROK_703", errorMessage: message });
  });

  test("a message that is no UTF-8 is replaced, not refused", () => {
    expect(readFrame("0400 2202ff41").errorMessage).toBe("�A");
  });

  test.each([
    ["0500 0a10616263", "a field runs past the end"],
    ["0200 0b0c", "wire type 3"],
    ["0b00 10ffffffffffffffffffff", "a number is too long"],
    ["0200 10ff", "a number is cut off"],
    ["0200 0200", "field number 0"],
    ["0100 0e", "wire type 6"],
    ["0100 0f", "wire type 7"],
    ["0200 0d00", "a field runs past the end"],
  ])("%s is refused: %s", (hex, reason) => {
    expect(() => readFrame(hex)).toThrow(reason);
  });

  test("whatever the bytes are, an answer is read or refused with a reason", () => {
    assert(
      property(uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeConnectResponse(bytes);
        } catch (error) {
          expect(String(error)).toMatch(/past the end|wire type|number/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function readFrame(hex: string) {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const body = bytes.subarray(2);
  expect(decodeLength(bytes)).toBe(body.length);
  return decodeConnectResponse(body);
}
