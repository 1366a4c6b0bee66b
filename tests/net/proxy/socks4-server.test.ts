import { describe, expect, test } from "bun:test";
import { acceptSocks4 } from "../../../src/net/proxy/socks4-server.ts";

const OPEN = { username: "", password: "" };
const REJECTED = [0, 0x5b, 0, 0, 0, 0, 0, 0];
const TO_IP = "\x04\x01\x00\x50\xc0\x00\x02\x01me\x00";
const TO_NAME = "\x04\x01\x01\xbb\x00\x00\x00\x01\x00a.example\x00";

describe("a request of SOCKS4", () => {
  test.each([
    ["SOCKS4", TO_IP, { host: "192.0.2.1", port: 80 }],
    ["SOCKS4a", TO_NAME, { host: "a.example", port: 443 }],
  ])("a request of %s names where to, however it is cut, and what comes behind it is kept", (_, request, target) => {
    const accept = acceptSocks4(OPEN);
    for (const character of request.slice(0, -1)) expect(accept(latin1(character)).request).toBeUndefined();
    const progress = accept(latin1("\x00hello"));
    expect(progress.request).toEqual({ command: "connect", protocol: "socks4", target });
    expect(String(Buffer.from(progress.rest))).toBe("hello");
  });

  test.each([
    ["that is a BIND", `\x04\x02${TO_IP.slice(2)}`, OPEN],
    ["to a port with a password, which it has none for", TO_IP, { username: "me", password: "secret" }],
    ["with an endless user name", `${TO_IP.slice(0, 8)}${"x".repeat(600)}`, OPEN],
    ["with an endless host", `${TO_NAME.slice(0, 9)}${"x".repeat(600)}`, OPEN],
    ["with a host of more than 255 bytes", `${TO_NAME.slice(0, 9)}${"x".repeat(256)}\x00`, OPEN],
    ["with a host that has a line feed", `${TO_NAME.slice(0, 9)}a\nb\x00`, OPEN],
    ["without a host", `${TO_NAME.slice(0, 9)}\x00`, OPEN],
  ])("a request of SOCKS4 %s is refused", (_, request, credentials) => {
    const { reply, isRefused } = acceptSocks4(credentials)(latin1(request));
    expect([isRefused, [...reply]]).toEqual([true, REJECTED]);
  });
});

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
