import { expect, test } from "bun:test";
import { buildProxyEnvironment } from "../../../../src/cli/verbs/tunnels/proxy-environment.ts";

const TUNNEL = { name: "us-east", socks: "127.0.0.1:25344" };

test("a program is led through the tunnel, whichever variable it heeds", () => {
  const socks = "socks5h://127.0.0.1:25344";
  expect(buildProxyEnvironment({ HOME: "/me" }, TUNNEL)).toEqual({
    HOME: "/me",
    ALL_PROXY: socks,
    all_proxy: socks,
    HTTP_PROXY: socks,
    http_proxy: socks,
    HTTPS_PROXY: socks,
    https_proxy: socks,
    NODE_USE_ENV_PROXY: "1",
    NO_PROXY: "localhost,127.0.0.1,::1",
    no_proxy: "localhost,127.0.0.1,::1",
    WIREPROXY_BIND_ADDRESS: "127.0.0.1:25344",
    WIREPROXY_BLIND_BIND: "true",
    WPDAEMON_TUNNEL: "us-east",
  });
});

test("a user name and password are in every URL, percent-encoded, and not in the address for Argus", () => {
  const credentials = { username: "a:b", password: "p@/ü%!*" };
  const { ALL_PROXY, HTTP_PROXY, https_proxy, WIREPROXY_BIND_ADDRESS } = buildProxyEnvironment(
    {},
    { ...TUNNEL, credentials },
  );
  const url = "socks5h://a%3Ab:p%40%2F%C3%BC%25%21%2A@127.0.0.1:25344";
  expect([ALL_PROXY, HTTP_PROXY, https_proxy]).toEqual([url, url, url]);
  expect(WIREPROXY_BIND_ADDRESS).toBe("127.0.0.1:25344");
  expect(new URL(url).hostname).toBe("127.0.0.1");
});

test("the tunnel's proxies replace those of the user", () => {
  const { all_proxy, HTTPS_PROXY } = buildProxyEnvironment({ all_proxy: "http://x", HTTPS_PROXY: "http://y" }, TUNNEL);
  expect([all_proxy, HTTPS_PROXY]).toEqual(["socks5h://127.0.0.1:25344", "socks5h://127.0.0.1:25344"]);
});

test.each([
  [{ NO_PROXY: "intra.example, 10.0.0.0/8" }, "localhost,127.0.0.1,::1,intra.example,10.0.0.0/8"],
  [{ NO_PROXY: "a", no_proxy: "b,localhost" }, "localhost,127.0.0.1,::1,a,b"],
  [{ NO_PROXY: "*" }, "localhost,127.0.0.1,::1"],
  [{ no_proxy: ",," }, "localhost,127.0.0.1,::1"],
])("exceptions of the user stay, but not the one that would turn the tunnel off: %j", (environment, expected) => {
  const { NO_PROXY, no_proxy } = buildProxyEnvironment(environment, TUNNEL);
  expect([NO_PROXY, no_proxy]).toEqual([expected, expected]);
});

test.each([
  ["0.0.0.0:25344", "127.0.0.1:25344"],
  [":25344", "127.0.0.1:25344"],
  ["[::]:25344", "[::1]:25344"],
  ["[fd00::1]:25344", "[fd00::1]:25344"],
  ["10.0.0.0:80", "10.0.0.0:80"],
])("a listener on %s is reached on %s", (socks, reachable) => {
  const environment = buildProxyEnvironment({}, { ...TUNNEL, socks });
  expect(environment["WIREPROXY_BIND_ADDRESS"]).toBe(reachable);
  expect(environment["ALL_PROXY"]).toBe(`socks5h://${reachable}`);
});
