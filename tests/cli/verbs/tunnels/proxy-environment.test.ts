import { expect, test } from "bun:test";
import { buildProxyVariables } from "../../../../src/cli/verbs/tunnels/proxy-environment.ts";

const SOCKS = { address: "127.0.0.1:25344" };
const HTTP = { address: "127.0.0.1:10344" };
const TUNNEL = { name: "us-east", socks: SOCKS, http: HTTP };

test("a program is led through the tunnel, whichever variable it heeds", () => {
  const [socks, http] = ["socks5h://127.0.0.1:25344", "http://127.0.0.1:10344"];
  expect(buildProxyVariables({ HOME: "/me" }, TUNNEL)).toEqual({
    ALL_PROXY: socks,
    all_proxy: socks,
    HTTP_PROXY: http,
    http_proxy: http,
    HTTPS_PROXY: http,
    https_proxy: http,
    NODE_USE_ENV_PROXY: "1",
    NO_PROXY: "localhost,127.0.0.1,::1",
    no_proxy: "localhost,127.0.0.1,::1",
    WIREPROXY_BIND_ADDRESS: "127.0.0.1:25344",
    WIREPROXY_BLIND_BIND: "true",
    WPDAEMON_TUNNEL: "us-east",
  });
});

test("an HTTP proxy that knows CONNECT and GET alone gets https, and SOCKS gets the rest", () => {
  const { HTTP_PROXY, HTTPS_PROXY } = buildProxyVariables({}, { ...TUNNEL, isHttpPartial: true });
  expect([HTTP_PROXY, HTTPS_PROXY]).toEqual(["socks5h://127.0.0.1:25344", "http://127.0.0.1:10344"]);
});

test("a tunnel without an HTTP proxy is used by SOCKS5 alone", () => {
  const { HTTP_PROXY, HTTPS_PROXY } = buildProxyVariables({}, { ...TUNNEL, http: undefined });
  expect([HTTP_PROXY, HTTPS_PROXY]).toEqual(["socks5h://127.0.0.1:25344", "socks5h://127.0.0.1:25344"]);
});

test("a user name and password are in every URL, percent-encoded, and not in the address for Argus", () => {
  const credentials = { username: "a:b", password: "p@/ü%!*" };
  const { ALL_PROXY, HTTP_PROXY, https_proxy, WIREPROXY_BIND_ADDRESS } = buildProxyVariables(
    {},
    { ...TUNNEL, socks: { ...SOCKS, credentials }, http: { ...HTTP, credentials } },
  );
  const behind = (port: number) => `a%3Ab:p%40%2F%C3%BC%25%21%2A@127.0.0.1:${port}`;
  const http = `http://${behind(10_344)}`;
  expect([ALL_PROXY, HTTP_PROXY, https_proxy]).toEqual([`socks5h://${behind(25_344)}`, http, http]);
  expect(WIREPROXY_BIND_ADDRESS).toBe("127.0.0.1:25344");
  expect(new URL(http).hostname).toBe("127.0.0.1");
});

test.each([
  [{ NO_PROXY: "intra.example, 10.0.0.0/8" }, "localhost,127.0.0.1,::1,intra.example,10.0.0.0/8"],
  [{ NO_PROXY: "a", no_proxy: "b,localhost" }, "localhost,127.0.0.1,::1,a,b"],
  [{ NO_PROXY: "*" }, "localhost,127.0.0.1,::1"],
  [{ no_proxy: ",," }, "localhost,127.0.0.1,::1"],
])("exceptions of the user stay, but not the one that would turn the tunnel off: %j", (environment, expected) => {
  const { NO_PROXY, no_proxy } = buildProxyVariables(environment, TUNNEL);
  expect([NO_PROXY, no_proxy]).toEqual([expected, expected]);
});

test.each([
  ["0.0.0.0:25344", "127.0.0.1:25344"],
  [":25344", "127.0.0.1:25344"],
  ["[::]:25344", "[::1]:25344"],
  ["[fd00::1]:25344", "[fd00::1]:25344"],
  ["10.0.0.0:80", "10.0.0.0:80"],
])("a listener on %s is reached on %s", (address, reachable) => {
  const variables = buildProxyVariables({}, { ...TUNNEL, socks: { address } });
  expect(variables["WIREPROXY_BIND_ADDRESS"]).toBe(reachable);
  expect(variables["ALL_PROXY"]).toBe(`socks5h://${reachable}`);
});
