import { describe, expect, test } from "bun:test";
import type { ProxyProgress } from "../../../src/net/proxy/proxy-request.ts";
import { acceptSocks } from "../../../src/net/proxy/socks-server.ts";

const OPEN = { username: "", password: "" };
const ALICE = { username: "alice", password: "secret" };
const GREETING = [5, 1, 0];
const CONNECT_TO_NAME = [5, 1, 0, 3, 11, ...Buffer.from("example.com"), 1, 0xbb];
const EXAMPLE = { command: "connect", target: { host: "example.com", port: 443 } };

/** The SOCKS5 handshake as LinkSocks has it; RFC 1928 and RFC 1929. */
describe("a SOCKS5 handshake without credentials", () => {
  test("a SOCKS5 handshake without credentials greets, and gives the request and what came behind it", () => {
    const accept = acceptSocks(OPEN);
    expect(reply(accept(bytes(GREETING)))).toEqual([5, 0]);
    const progress = accept(bytes([...CONNECT_TO_NAME, 0x47, 0x45]));
    expect(progress.request).toMatchObject(EXAMPLE);
    expect([...progress.rest]).toEqual([0x47, 0x45]);
    expect(reply(progress)).toEqual([]);
  });

  test("a SOCKS5 handshake without credentials understands a client that does not wait for answers, and one that sends byte by byte", () => {
    const all = [...GREETING, ...CONNECT_TO_NAME];
    const atOnce = acceptSocks(OPEN)(bytes(all));
    expect(reply(atOnce)).toEqual([5, 0]);
    expect(atOnce.request).toMatchObject(EXAMPLE);
    const accept = acceptSocks(OPEN);
    const steps = all.map((byte) => accept(bytes([byte])));
    expect(steps.flatMap(reply)).toEqual([5, 0]);
    expect(steps.at(-1)?.request).toMatchObject(EXAMPLE);
    expect(steps.slice(0, -1).every(({ request }) => request === undefined)).toBe(true);
  });

  test("a SOCKS5 handshake without credentials answers a client that offers nothing but a password with that, and takes whatever it says", () => {
    const accept = acceptSocks(OPEN);
    expect(reply(accept(bytes([5, 1, 2])))).toEqual([5, 2]);
    expect(reply(accept(bytes([1, 1, 0x61, 1, 0x62])))).toEqual([1, 0]);
    expect(accept(bytes(CONNECT_TO_NAME)).request).toMatchObject(EXAMPLE);
  });

  test("a SOCKS5 handshake without credentials answers with no authentication where that is offered beside a password", () => {
    expect(reply(acceptSocks(OPEN)(bytes([5, 2, 2, 0])))).toEqual([5, 0]);
  });

  test("a SOCKS5 handshake without credentials refuses a client that offers neither", () => {
    const progress = acceptSocks(OPEN)(bytes([5, 1, 1]));
    expect(reply(progress)).toEqual([5, 0xff]);
    expect(progress.isRefused).toBe(true);
  });

  test.each([
    ["IPv4", [1, 10, 0, 0, 255], "10.0.0.255"],
    ["IPv6", [4, ...new Array<number>(15).fill(0), 1], "::1"],
    ["a longer IPv6", [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1], "2001:db8::1:0:0:1"],
    ["a name as it was written", [3, 4, ...Buffer.from("HoSt")], "HoSt"],
  ])("a SOCKS5 handshake without credentials reads %s", (_, address, host) => {
    const { request } = acceptSocks(OPEN)(bytes([...GREETING, 5, 1, 0, ...address, 0, 80]));
    expect(request?.target).toEqual({ host, port: 80 });
  });

  test("a SOCKS5 handshake without credentials reads UDP ASSOCIATE", () => {
    const { request } = acceptSocks(OPEN)(bytes([...GREETING, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]));
    expect(request).toEqual({
      command: "udp-associate",
      protocol: "socks5",
      target: { host: "0.0.0.0", port: 0 },
    });
  });
});

describe("a SOCKS5 handshake with credentials", () => {
  const greeting = [5, 2, 0, 2];
  const right = [1, 5, ...Buffer.from("alice"), 6, ...Buffer.from("secret")];

  test("a SOCKS5 handshake with credentials lets the right ones in", () => {
    const accept = acceptSocks(ALICE);
    expect(reply(accept(bytes(greeting)))).toEqual([5, 2]);
    expect(reply(accept(bytes(right)))).toEqual([1, 0]);
    expect(accept(bytes(CONNECT_TO_NAME)).request).toMatchObject(EXAMPLE);
  });

  test.each([
    ["a wrong password", "alice", "secreT"],
    ["a wrong name", "bob", "secret"],
    ["nothing", "", ""],
    ["a password that begins rightly", "alice", "secret1"],
  ])("a SOCKS5 handshake with credentials refuses %s, and reads nothing more", (_, username, password) => {
    const given = [1, username.length, ...Buffer.from(username), password.length, ...Buffer.from(password)];
    const progress = acceptSocks(ALICE)(bytes([...greeting, ...given, ...CONNECT_TO_NAME]));
    expect(reply(progress)).toEqual([5, 2, 1, 1]);
    expect(progress).toMatchObject({ isRefused: true, request: undefined });
  });

  test("a SOCKS5 handshake with credentials refuses who does not offer a password", () => {
    const progress = acceptSocks(ALICE)(bytes([...GREETING, ...CONNECT_TO_NAME]));
    expect(reply(progress)).toEqual([5, 0xff]);
    expect(progress.isRefused).toBe(true);
  });

  test.each([
    { username: "alice", password: "" },
    { username: "", password: "secret" },
  ])("a SOCKS5 handshake with credentials asks also where only one of the two is set", (credentials) => {
    expect(reply(acceptSocks(credentials)(bytes(greeting)))).toEqual([5, 2]);
  });
});

describe("what is no SOCKS5", () => {
  test.each([
    ["another version", [4, 1, 0], [5, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["no methods", [5, 0], [5, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["HTTP", [...Buffer.from("GET / HTTP/1.1\r\n")], [5, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["BIND", [...GREETING, 5, 2, 0, 1, 0, 0, 0, 0, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]],
    [
      "a name that is not UTF-8, whose text would be longer than its bytes",
      [...GREETING, 5, 1, 0, 3, 86, ...new Array<number>(86).fill(0xff), 0, 80],
      [5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0],
    ],
    ["an unknown type of address", [...GREETING, 5, 1, 0, 9, 0, 0, 0, 0], [5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["a request of another version", [...GREETING, 4, 1, 0, 1], [5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
  ])("what is no SOCKS5 is refused: %s", (_, given, answer) => {
    const progress = acceptSocks(OPEN)(bytes(given));
    expect(reply(progress)).toEqual(answer);
    expect(progress).toMatchObject({ isRefused: true, request: undefined });
  });
});

function bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(values);
}

function reply(progress: ProxyProgress): readonly number[] {
  return [...progress.reply];
}
