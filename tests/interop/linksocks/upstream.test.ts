import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { webOk } from "../../rig/linksocks-checks.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer, LinksocksProgram } from "../../rig/linksocks-peer.ts";
import { startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import { associateUdp } from "../../rig/socks5-client.ts";
import type { UpstreamProxy } from "../../rig/tunnelling-proxy.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy, startSocksProxy } from "../../rig/upstream-proxies.ts";

const CREDENTIALS = { username: "testuser", password: "testpass" };

let web: Target;
beforeAll(() => {
  web = startWebTarget();
});
afterAll(() => web[Symbol.dispose]());

/** Who has the upstream proxy is always ours; the program is that of the other end. */
const ARRANGEMENTS: readonly (readonly [string, (upstream: string) => Promise<Scene>])[] = [
  ["our server, for a client of our own", (upstream) => setForward(OWN_LINKSOCKS, upstream)],
  ["our provider, at a server of our own", (upstream) => setReverse(OWN_LINKSOCKS, upstream)],
  ...goPeers().flatMap(
    (go) =>
      [
        [`our server, for a client of ${go.name}`, (upstream: string) => setForward(go, upstream)],
        [`our provider, at a server of ${go.name}`, (upstream: string) => setReverse(go, upstream)],
      ] as const,
  ),
];

describe.each(ARRANGEMENTS)("behind an upstream proxy: %s", (_, setScene) => {
  test("an HTTP proxy carries what the exit dials", async () => {
    using proxy = startHttpProxy({ answer: "split" });
    await using scene = await setScene(urlOf("http", proxy));
    await scene.webOk();
    expect(proxy.requests[0]?.head).toStartWith(`CONNECT 127.0.0.1:${web.port} HTTP/1.1\r\n`);
    expect(proxy.requests[0]?.credentials).toBeUndefined();
  });

  test("a SOCKS5 proxy carries what the exit dials", async () => {
    using proxy = startSocksProxy({ answer: "split" });
    await using scene = await setScene(urlOf("socks5", proxy));
    await scene.webOk();
    expect(proxy.requests[0]).toMatchObject({ target: `127.0.0.1:${web.port}`, addressType: 1, methods: [0] });
  });

  test("the proxy is the one that resolves names", async () => {
    for (const [scheme, start] of [
      ["http", startHttpProxy],
      ["socks5", startSocksProxy],
    ] as const) {
      using proxy = start({ leadsTo: web.port });
      await using scene = await setScene(urlOf(scheme, proxy));
      await scene.webOk("name.invalid");
      expect(proxy.requests[0]?.target).toBe(`name.invalid:${web.port}`);
    }
  });

  test("an HTTP proxy with credentials is shown them", async () => {
    using proxy = startHttpProxy(CREDENTIALS);
    await using scene = await setScene(urlOf("http://testuser:testpass@", proxy));
    await scene.webOk();
    expect(proxy.requests[0]?.head).toContain("\r\nProxy-Authorization: Basic dGVzdHVzZXI6dGVzdHBhc3M=\r\n");
  });

  test("a SOCKS5 proxy with credentials is shown them, signs in them included", async () => {
    using proxy = startSocksProxy({ username: "test@user", password: "p:a/ss" });
    await using scene = await setScene(urlOf("socks5://test%40user:p%3Aa%2Fss@", proxy));
    await scene.webOk();
    expect(proxy.requests[0]).toMatchObject({ credentials: "test@user:p:a/ss", methods: [2] });
  });

  test("a request fails where the proxy refuses it, and nothing goes around it", async () => {
    using http = startHttpProxy({ refuse: 502 });
    using socks = startSocksProxy({ refuse: 2 });
    using strict = startHttpProxy(CREDENTIALS);
    const none = startHttpProxy();
    none[Symbol.dispose]();
    for (const url of [urlOf("http", http), urlOf("socks5", socks), urlOf("http", strict), urlOf("http", none)]) {
      await using scene = await setScene(url);
      await expect(scene.webOk()).rejects.toThrow(/refused with/);
    }
    expect([http, socks, strict].map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });

  test("UDP would go around it, and is refused", async () => {
    using proxy = startSocksProxy();
    await using scene = await setScene(urlOf("socks5", proxy));
    await expect(associateUdp({ port: scene.socksPort })).rejects.toThrow();
    await scene.webOk();
  });
});

interface Scene extends AsyncDisposable {
  readonly socksPort: number;
  webOk(host?: string): Promise<void>;
}

/** @param scheme with whatever stands before the host. */
function urlOf(scheme: string, { host, port }: UpstreamProxy): string {
  return `${scheme.includes("://") ? scheme : `${scheme}://`}${host}:${port}`;
}

async function setForward(other: LinksocksProgram, upstreamProxy: string): Promise<Scene> {
  const server = await OWN_LINKSOCKS.start("server", { token: "token", upstreamProxy });
  const client = await other.start("client", { url: server.url, token: "token" });
  return createScene(client.socksPort, [client, server]);
}

async function setReverse(other: LinksocksProgram, upstreamProxy: string): Promise<Scene> {
  const server = await other.start("server", { token: "token", reverse: true });
  const provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "token", upstreamProxy });
  await until("the reverse port is open", () => accepts(server.socksPort));
  return createScene(server.socksPort, [provider, server]);
}

function createScene(socksPort: number, peers: readonly LinksocksPeer[]): Scene {
  return {
    socksPort,
    webOk: (host = "127.0.0.1") => webOk({ port: socksPort }, { host, port: web.port }),
    async [Symbol.asyncDispose]() {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    },
  };
}
