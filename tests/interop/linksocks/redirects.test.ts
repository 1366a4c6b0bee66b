import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { webOk } from "../../rig/linksocks-checks.ts";
import { authResponseFrame } from "../../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { type RawServer, startRawServer } from "../../rig/raw-server.ts";
import { createCertificate, type TestCertificate } from "../../rig/test-certificate.ts";
import { until } from "../../rig/until.ts";

let server: LinksocksPeer;
let web: Target;
let certificate: TestCertificate;
beforeAll(async () => {
  server = await OWN_LINKSOCKS.start("server", { token: "token" });
  web = startWebTarget();
  certificate = createCertificate();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  web[Symbol.dispose]();
  certificate[Symbol.dispose]();
});

describe("a redirected client of ours", () => {
  test.each([301, 302, 303, 307, 308])(
    "a redirected client of ours follows a %d, and authenticates anew",
    async (status) => {
      await using first = startRedirect(() => `${server.url}/socket`, status);
      await webOkThrough(first.url);
      const { searchParams } = new URL(first.requests[0]?.url ?? "");
      expect([...searchParams.keys()]).toEqual(["instance", "reverse", "token"]);
    },
  );

  test("a redirected client of ours follows to http, and to a path that takes the token in a message", async () => {
    await using first = startRedirect(() => `${server.url.replace("ws:", "http:")}/socket/deep`);
    await webOkThrough(first.url);
  });

  test("a redirected client of ours follows a relative Location, and keeps the query that this brings", async () => {
    await using first = startRawServer({
      answer: ({ url }) => (new URL(url).pathname === "/socket" ? undefined : redirect("/socket?room=7", 302)),
      onLink: (link) => link.send(authResponseFrame()),
    });
    await using _client = await OWN_LINKSOCKS.start("client", { url: `${first.url}/entrance`, token: "token" });
    const { searchParams } = new URL(first.requests.at(-1)?.url ?? "");
    expect([...searchParams.keys()]).toEqual(["instance", "reverse", "room", "token"]);
  });

  test("a redirected client of ours follows five redirects, and no sixth", async () => {
    await using chain = startRedirect(({ pathname }) => {
      const left = Number(pathname.slice(1)) - 1;
      return left > 0 ? `/${left}` : `${server.url}/socket`;
    });
    await webOkThrough(`${chain.url}/5`);
    await expectFailure(`${chain.url}/6`, [], /status(?: code)?:? 302/);
  });

  test("a redirected client of ours does not go in circles, and tries again later", async () => {
    await using circle = startRedirect(() => "/again");
    await using client = await OWN_LINKSOCKS.start("client", { url: circle.url, token: "token", awaitReady: false });
    await until("it says that it tries again", () => /no connection.*302.*trying again/.test(client.output()));
  });

  test("a redirected client of ours gives no word of its headers to another host", async () => {
    await using other = startRawServer({ onLink: (link) => link.send(authResponseFrame()) });
    await using first = startRedirect(() => `${other.url}/socket`);
    const words = ["--header", "Authorization: Basic c2VjcmV0"];
    await using _client = await OWN_LINKSOCKS.start("client", { url: first.url, token: "token", words });
    expect(first.requests[0]?.headers.get("authorization")).toBe("Basic c2VjcmV0");
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("a redirected client of ours goes from TLS to TLS, and never from TLS to a connection without", async () => {
    const { cert, key, certificatePath } = certificate;
    await using other = startRawServer({ onLink: (link) => link.send(authResponseFrame()), tls: { cert, key } });
    await using plain = startRawServer({ onLink: (link) => link.send(authResponseFrame()) });
    await using first = startRawServer({
      tls: { cert, key },
      answer: ({ url }) => redirect(new URL(url).pathname === "/down" ? plain.url : other.url, 307),
    });
    const words = ["--ca", certificatePath];
    await using _client = await OWN_LINKSOCKS.start("client", { url: first.url, token: "token", words });
    await expectFailure(`${first.url}/down`, words, "redirects from TLS to a connection without it");
    expect(plain.requests).toHaveLength(0);
  });

  test.each(["ftp://127.0.0.1/socket", "http://"])(
    "a redirected client of ours does not follow to %s",
    async (location) => {
      await using first = startRedirect(() => location);
      await expectFailure(first.url, [], "no WebSocket");
    },
  );
});

function startRedirect(locate: (url: URL) => string, status = 302): RawServer {
  return startRawServer({ answer: ({ url }) => redirect(locate(new URL(url)), status) });
}

function redirect(location: string, status: number): Response {
  return new Response(null, { status, headers: { Location: location } });
}

async function webOkThrough(url: string): Promise<void> {
  await using client = await OWN_LINKSOCKS.start("client", { url, token: "token" });
  await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
}

async function expectFailure(url: string, words: readonly string[], reason: string | RegExp): Promise<void> {
  const starting = OWN_LINKSOCKS.start("client", { url, token: "token", reconnect: false, words });
  await expect(starting).rejects.toThrow(reason);
}
