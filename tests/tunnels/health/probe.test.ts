import { expect, test } from "bun:test";
import { probeThrough } from "../../../src/tunnels/health/probe.ts";
import { parseProbeTarget } from "../../../src/tunnels/health/probe-target.ts";
import { serveSocks } from "../../net/proxy/scripted-socks.ts";
import { serveScript } from "../../net/scripted-server.ts";
import { freePort } from "../../rig/free-port.ts";

const PATIENCE = 60_000;

test.each(["HTTP/1.1 204 No Content\r\n", "HTTP/1.0 500 \n", "HTTP/2 404\r\n"])(
  "any status is good: %p",
  async (page) => {
    using proxy = serveSocks({ page });
    expect(await probeThrough(proxy, "http://far.example:8080/ping?x=1", PATIENCE)).toBe("ok");
    expect(proxy.heard()).toEndWith(
      "\x0bfar.example\x1f\x90GET /ping?x=1 HTTP/1.1\r\nHost: far.example:8080\r\nConnection: close\r\n\r\n",
    );
  },
);

test.each(["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 OK\r\n", `HTTP/1.1 200 ${"x".repeat(2_000)}`])(
  "an answer that is no status is bad: %.30p",
  async (page) => {
    using proxy = serveSocks({ page });
    expect(await probeThrough(proxy, "http://far.example/", PATIENCE)).toBe("failed");
  },
);

test.each(["far.example:22", "https://far.example", "https://far.example:8443/x"])(
  "for %s a connection is enough, and nothing is sent on it",
  async (target) => {
    using proxy = serveSocks();
    expect(await probeThrough(proxy, target, PATIENCE)).toBe("ok");
    expect(proxy.heard()).toMatch(/far\.example..$/s);
    using refusing = serveSocks({ reply: [5, 5, 0, 1, 0, 0, 0, 0, 0, 0] });
    expect(await probeThrough(refusing, target, PATIENCE)).toBe("failed");
  },
);

test("no proxy, and one that says nothing, have failed by the deadline", async () => {
  expect(await probeThrough({ host: "127.0.0.1", port: freePort() }, "a.example:1", PATIENCE)).toBe("failed");
  using silent = serveScript(() => undefined);
  expect(await probeThrough(silent, "a.example:1", 30)).toBe("failed");
});

test("a page that never comes has failed by the deadline", async () => {
  using proxy = serveSocks({ page: "HTTP/1.1 200" });
  expect(await probeThrough(proxy, "http://far.example/", 30)).toBe("failed");
});

test("targets are understood", () => {
  expect(parseProbeTarget("http://10.0.0.1/")).toMatchObject({ host: "10.0.0.1", port: 80 });
  expect(parseProbeTarget("HTTP://[2001:db8::1]:81")).toMatchObject({ host: "2001:db8::1", port: 81 });
  expect(parseProbeTarget("https://a.example")).toEqual({ host: "a.example", port: 443, request: null });
  expect(parseProbeTarget("[::1]:53")).toEqual({ host: "::1", port: 53, request: null });
});

test.each([
  "",
  "a.example",
  "a.example:0",
  "a.example:70000",
  "::1:80",
  "ftp://a.example:1",
  "http://",
  "http://u:p@a/",
])("%p is no target, and such a probe has failed", async (target) => {
  expect(parseProbeTarget(target)).toBeUndefined();
  expect(await probeThrough({ host: "127.0.0.1", port: 1 }, target, PATIENCE)).toBe("failed");
});
