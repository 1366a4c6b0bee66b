import { expect, test } from "bun:test";
import { findEnvironmentProxy } from "../../../src/linksocks/client/environment-proxy.ts";
import { describeError } from "../../../src/platform/failure.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy } from "../../rig/upstream-proxies.ts";

const PROXY = "http://proxy:3128/";
const SERVER = "wss://relay.example.org/socket";

test.each([
  ["wss by HTTPS_PROXY", SERVER, { HTTPS_PROXY: "http://proxy:3128" }, PROXY],
  ["ws by HTTP_PROXY", "ws://example.org/", { HTTP_PROXY: "http://proxy:3128" }, PROXY],
  ["lower case", SERVER, { https_proxy: "http://proxy:3128" }, PROXY],
  ["lower case where the other is empty", SERVER, { HTTPS_PROXY: "", https_proxy: "http://proxy:3128" }, PROXY],
  ["upper case before lower", SERVER, { HTTPS_PROXY: "http://proxy:3128", https_proxy: "http://other" }, PROXY],
  ["no scheme", SERVER, { HTTPS_PROXY: "proxy:3128" }, PROXY],
  ["TLS to the proxy", SERVER, { HTTPS_PROXY: "https://me:geheim@proxy" }, "https://me:geheim@proxy/"],
  ["the other scheme's alone", SERVER, { HTTP_PROXY: "http://proxy:3128", ALL_PROXY: "http://proxy:3128" }, undefined],
  ["nothing", SERVER, {}, undefined],
])("the environment with %s gives the right proxy", (_, server, environment, expected) => {
  expect(findEnvironmentProxy(new URL(server), environment)).toBe(expected);
});

test.each(["localhost", "127.0.0.1", "127.9.8.7", "[::1]", "[::ffff:127.0.0.1]"])("%s is never proxied", (host) => {
  expect(findEnvironmentProxy(new URL(`ws://${host}:8765/`), { HTTP_PROXY: PROXY })).toBeUndefined();
});

test.each([
  ["*", SERVER, true],
  ["relay.example.org", SERVER, true],
  ["example.org", SERVER, true],
  ["a.test, EXAMPLE.org ,b.test", SERVER, true],
  [".example.org", SERVER, true],
  ["*.example.org", SERVER, true],
  [".relay.example.org", SERVER, false],
  ["*.relay.example.org", SERVER, false],
  ["ample.org", SERVER, false],
  ["relay.example.org:443", SERVER, true],
  ["relay.example.org:8443", SERVER, false],
  ["example.org:8443", "wss://relay.example.org:8443/", true],
  [",,", SERVER, false],
  [":443", SERVER, false],
  ["10.1.2.3", "wss://10.1.2.3/", true],
  ["10.1.2.3:443", "wss://10.1.2.3/", true],
  ["10.1.2.3:80", "wss://10.1.2.3/", false],
  ["10.0.0.0/8", "wss://10.1.2.3/", true],
  ["10.0.0.0/16", "wss://10.1.2.3/", false],
  ["10.0.0.0/8", "wss://10.example.org/", false],
  ["fd00::/8", "wss://[fd12::1]/", true],
  ["fd12:0::1", "wss://[fd12::1]/", true],
  ["[fd12::1]:443", "wss://[fd12::1]/", true],
  ["[fd12::1]:80", "wss://[fd12::1]/", false],
])("NO_PROXY=%s, for %s: direct is %p", (NO_PROXY, server, isDirect) => {
  const proxy = findEnvironmentProxy(new URL(server), { HTTPS_PROXY: PROXY, NO_PROXY });
  expect(proxy).toBe(isDirect ? undefined : PROXY);
});

test.each([
  ["socks5://me:geheim@proxy:1080", "socks5"],
  ["socks5h://me:geheim@proxy:1080", "socks5h"],
  ["http://me:geheim@", "not a URL"],
])("%s is refused, with a hint and without its password", (HTTPS_PROXY, word) => {
  const message = describe(() => findEnvironmentProxy(new URL(SERVER), { HTTPS_PROXY }));
  expect(message).toContain("HTTPS_PROXY");
  expect(message).toContain(word);
  expect(message).toContain("NO_PROXY");
  expect(message).not.toContain("geheim");
  expect(findEnvironmentProxy(new URL(SERVER), { HTTPS_PROXY, NO_PROXY: "*" })).toBeUndefined();
});

test("Bun's WebSocket takes no SOCKS proxy, for which it is refused", () => {
  expect(() => new WebSocket("ws://example.org/", { proxy: "socks5://127.0.0.1:1080" })).toThrow("socks5");
});

test("Bun's WebSocket goes through the proxy that was found, with its credentials", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, upgrader) => (upgrader.upgrade(request) ? undefined : new Response("no", { status: 400 })),
    websocket: { message() {} },
  });
  using proxy = startHttpProxy({ username: "me", password: "p@ss", leadsTo: Number(server.port) });
  const url = new URL("ws://relay.invalid/socket");
  const found = findEnvironmentProxy(url, { http_proxy: `me:p%40ss@127.0.0.1:${proxy.port}` });
  const socket = new WebSocket(url, { proxy: found ?? "" });
  await until("the WebSocket is open", () => socket.readyState === WebSocket.OPEN);
  socket.close();
  expect(proxy.requests[0]).toMatchObject({ target: "relay.invalid:80", credentials: "me:p@ss" });
});

function describe(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return describeError(error);
  }
  throw new Error("nothing was thrown");
}
