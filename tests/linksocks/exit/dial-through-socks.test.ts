import { expect, test } from "bun:test";
import { createDial } from "../../../src/linksocks/exit/dial.ts";
import { serveSocks } from "../../net/proxy/scripted-socks.ts";
import { until } from "../../rig/until.ts";
import { startSocksProxy } from "../../rig/upstream-proxies.ts";
import { closing, createEar, dialTo, OPEN, startTarget } from "./target-rig.ts";

const TARGET = { host: "example.org", port: 443 };

test.each([
  ["a name, unresolved", "nobody.invalid", 3, "nobody.invalid:443"],
  ["an IPv4 address", "192.0.2.1", 1, "192.0.2.1:443"],
  ["an IPv6 address", "2001:db8::1", 4, "[2001:db8::1]:443"],
  ["an IPv6 address with a zone, as a name", "fd00::1%eth0", 3, "[fd00::1%eth0]:443"],
])("it asks for %s", async (_, host, addressType, target) => {
  using server = startTarget();
  using proxy = startSocksProxy({ leadsTo: server.port });
  using _connection = closing(await dialTo(dialOf(proxy.port), { host, port: 443 }, createEar()));
  expect(proxy.requests).toEqual([{ target, addressType, methods: [0], credentials: undefined }]);
});

test("it offers nothing but its password where it has one", async () => {
  using server = startTarget();
  using proxy = startSocksProxy({ username: "me", password: "", leadsTo: server.port });
  using _ = closing(await dialTo(dialOf(proxy.port, "me"), TARGET, createEar()));
  expect(proxy.requests[0]).toMatchObject({ methods: [2], credentials: "me:" });
});

test.each([
  [1, "upstream proxy: general failure"],
  [2, "not allowed by the upstream proxy"],
  [3, "network is unreachable"],
  [4, "no route to host"],
  [5, "connection refused"],
  [6, "timed out"],
  [7, "upstream proxy: command not supported"],
  [8, "upstream proxy: address type not supported"],
  [99, "upstream proxy: failure 99"],
])("reply %d is told as: %s", async (refuse, message) => {
  using proxy = startSocksProxy({ refuse });
  await expect(dialTo(dialOf(proxy.port), TARGET, createEar())).rejects.toThrow(new RegExp(`^${message}$`));
});

test("a refusal that ends behind its code is understood", async () => {
  using proxy = serveSocks({ reply: [5, 5] });
  await expect(dialTo(dialOf(proxy.port), TARGET, createEar())).rejects.toThrow(/^connection refused$/);
});

test.each([
  ["an IPv6 one", [5, 0, 0, 4, ...new Array<number>(18).fill(9)]],
  ["a name", [5, 0, 0, 3, 2, 97, 98, 9, 9]],
])("the address in the reply, %s, is not taken for data", async (_, reply) => {
  using proxy = serveSocks({ reply: [...reply, 42] });
  const ear = createEar();
  using _connection = closing(await dialTo(dialOf(proxy.port), TARGET, ear));
  await until("the first byte", () => ear.text() === "*");
});

test.each([
  ["a method that was not offered", { method: 2 }, "upstream proxy: asks for credentials"],
  ["an address of no known kind", { reply: [5, 0, 0, 7] }, "upstream proxy: does not speak SOCKS5"],
])("%s is told", async (_, options, message) => {
  using proxy = serveSocks(options);
  await expect(dialTo(dialOf(proxy.port), TARGET, createEar())).rejects.toThrow(message);
});

function dialOf(port: number, username = "") {
  return createDial({ kind: "socks5", host: "127.0.0.1", port, username, password: "" }, OPEN);
}
