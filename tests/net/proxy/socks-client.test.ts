import { expect, test } from "bun:test";
import { connectThroughSocks } from "../../../src/net/proxy/socks-client.ts";
import { serveSocks } from "./scripted-socks.ts";

const PATIENCE = 60_000;
const TARGET = { host: "example.org", port: 443 };

test.each([
  ["a name, for the far side to resolve", "example.org", [3, 11, ...Buffer.from("example.org")]],
  ["an IPv4 address", "10.0.0.1", [1, 10, 0, 0, 1]],
  ["an IPv6 address", "2001:db8::1:2", [4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]],
  ["an IPv6 address with an IPv4 end", "::ffff:1.2.3.4", [4, ...new Array<number>(10).fill(0), 255, 255, 1, 2, 3, 4]],
])("it asks for %s", async (_, host, address) => {
  using proxy = serveSocks({ page: "hello" });
  const wire = await connectThroughSocks(proxy, { host, port: 0x1234 }, PATIENCE);
  expect(bytesOf(proxy.heard())).toEqual([5, 1, 0, 5, 1, 0, ...address, 0x12, 0x34]);
  wire.send(new Uint8Array([1]));
  expect(new TextDecoder().decode(await wire.take(5))).toBe("hello");
  wire[Symbol.dispose]();
});

test("it gives its username and password where they are asked for", async () => {
  using proxy = serveSocks({ method: 2 });
  const login = { host: proxy.host, port: proxy.port, username: "me", password: "geheim" };
  const wire = await connectThroughSocks(login, TARGET, PATIENCE);
  expect(proxy.heard()).toStartWith("\x05\x01\x02\x01\x02me\x06geheim\x05\x01\x00\x03");
  wire[Symbol.dispose]();
});

test.each([
  ["an IPv6 one", [5, 0, 0, 4, ...new Array<number>(18).fill(9)]],
  ["a name", [5, 0, 0, 3, 2, 97, 98, 9, 9]],
])("the address in the reply, %s, is not taken for data", async (_, reply) => {
  using proxy = serveSocks({ reply: [...reply, 42] });
  const wire = await connectThroughSocks(proxy, TARGET, PATIENCE);
  expect(await wire.take(1)).toEqual(Buffer.from([42]));
  wire[Symbol.dispose]();
});

test.each([
  ["a refusal", { reply: [5, 4, 0, 1, 0, 0, 0, 0, 0, 0] }, "no route to host"],
  ["a password that nobody gave", { method: 2 }, "asks for credentials"],
  ["no method at all", { method: 255 }, "asks for credentials"],
  ["an address of no known kind", { reply: [5, 0, 0, 7] }, "does not speak SOCKS5"],
])("%s is told", async (_, options, message) => {
  using proxy = serveSocks(options);
  await expect(connectThroughSocks(proxy, TARGET, PATIENCE)).rejects.toThrow(message);
});

test("a name that is too long for the protocol is refused", async () => {
  using proxy = serveSocks();
  await expect(connectThroughSocks(proxy, { host: "x".repeat(256), port: 1 }, PATIENCE)).rejects.toThrow("255 bytes");
});

function bytesOf(text: string): readonly number[] {
  return [...Buffer.from(text, "latin1")];
}
