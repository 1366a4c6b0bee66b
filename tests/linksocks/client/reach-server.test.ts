import { describe, expect, test } from "bun:test";
import { AuthenticationRefused } from "../../../src/linksocks/client/open-trunk.ts";
import { reachServer } from "../../../src/linksocks/client/reach-server.ts";
import { UpgradeRefused } from "../../../src/linksocks/link/client-link.ts";
import type { ClientOptions } from "../../../src/linksocks/options.ts";
import { authResponseFrame, frame, str8 } from "../../rig/linksocks-frames.ts";
import type { RawLink } from "../../rig/raw-link.ts";
import { type RawServer, startRawServer } from "../../rig/raw-server.ts";
import { errorOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy } from "../../rig/upstream-proxies.ts";
import { createClientOptions } from "./client-rig.ts";

const INSTANCE = "00112233-4455-6677-8899-aabbccddeeff";
/** SHA-256 of `secret-token`. */
const HASH = "930bbdc51b6aed5c2a5678fd6e28dee7a05e8a4b643cfc0b4427c3efb86c0d94";

describe("a server", () => {
  test.each(["client", "provider"] as const)(
    "a server at /socket is shown the token in the URL, and a %s as what it is",
    async (role) => {
      await using server = serve();
      await using _ = await reach(server.url, { role, headers: { "X-Way": "north" } });
      const [request] = server.requests;
      const query = `instance=${INSTANCE}&reverse=${role === "provider"}&token=${HASH}`;
      expect(request?.url.split("/").at(-1)).toBe(`socket?${query}`);
      expect(request?.headers.get("x-way")).toBe("north");
      expect(server.links[0]?.received).toEqual([]);
    },
  );

  test.each([
    ["client", 0],
    ["provider", 1],
  ] as const)("elsewhere is sent the token of a %s in a message", async (role, reverse) => {
    await using server = serve();
    await using _ = await reach(`${server.url}/ws?a=b`, { role });
    expect(server.requests[0]?.url).toEndWith("/ws?a=b");
    const first = await until("the message", () => server.links[0]?.received[0]);
    const instance = Buffer.from(INSTANCE.replaceAll("-", ""), "hex");
    expect(first).toEqual(frame(0x01, str8("secret-token"), [reverse], instance));
  });

  test("a server that refuses the token is asked once", async () => {
    await using server = serve({ greet: (link) => link.send(authResponseFrame("invalid token")) });
    expect(await errorOf(reach(server.url))).toBeInstanceOf(AuthenticationRefused);
    expect(server.requests).toHaveLength(1);
  });

  test.each([401, 500])("a server that answers with status %d is asked once", async (status) => {
    await using server = serve({ answer: () => new Response("", { status }) });
    expect(await errorOf(reach(server.url))).toEqual(new UpgradeRefused(status));
    expect(server.requests).toHaveLength(1);
  });
});

test.each([200, 400, 404])(
  "a server that answers with status %d at /socket is tried once at /socket/, with an Auth message",
  async (status) => {
    await using server = serve({ answer: (path) => (path === "/socket" ? new Response("", { status }) : undefined) });
    await using _ = await reach(server.url);
    expect(server.requests.map(({ url }) => new URL(url).pathname)).toEqual(["/socket", "/socket/"]);
    await until("the message", () => server.links[0]?.received[0]);
    await using nowhere = serve({ answer: () => new Response("", { status }) });
    expect(await errorOf(reach(nowhere.url))).toEqual(new UpgradeRefused(status));
    expect(nowhere.requests).toHaveLength(2);
  },
);

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])(
    "a redirect with status %d is followed, and where it leads the token is shown anew",
    async (status) => {
      await using server = serve({ answer: (path) => (path === "/socket" ? redirect("/ws?a=b", status) : undefined) });
      await using _ = await reach(server.url, { headers: { "X-Way": "north" } });
      expect(server.requests.at(-1)?.url).toEndWith("/ws?a=b");
      expect(server.requests.at(-1)?.headers.get("x-way")).toBe("north");
      await until("the message", () => server.links[0]?.received[0]);
    },
  );

  test("a redirect is asked for without the token", async () => {
    await using server = serve({ answer: (path) => (path === "/socket" ? redirect("/ws") : undefined) });
    await using _ = await reach(server.url);
    const asked = server.requests.filter(({ headers }) => headers.get("upgrade") === null);
    expect(asked.map(({ url }) => new URL(url).search)).toEqual([""]);
  });

  test("a redirect to another host takes the token there, and not the user's headers", async () => {
    await using last = serve();
    await using first = serve({ answer: () => redirect(`${last.url}/socket`) });
    await using _ = await reach(first.url, { headers: { Authorization: "Basic eDp5" } });
    expect(last.requests[0]?.url).toContain(HASH);
    expect(last.requests.map(({ headers }) => headers.get("authorization"))).toEqual([null]);
    expect(first.requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Basic eDp5", "Basic eDp5"]);
  });

  test("a redirect is followed five times", async () => {
    const hops = (limit: number) => ({
      answer(path: string) {
        const hop = Number(path.replace(/\D/g, "") || "0");
        return hop < limit ? redirect(`/hop${hop + 1}`) : undefined;
      },
    });
    await using near = serve(hops(5));
    await using _ = await reach(near.url);
    expect(near.requests.at(-1)?.url).toEndWith("/hop5");
    await using far = serve(hops(6));
    expect(await errorOf(reach(far.url))).toEqual(new UpgradeRefused(302));
    expect(far.requests.at(-1)?.url).toEndWith("/hop5");
  });

  test("a redirect is followed no more often where the server is found at /socket/ and leads back to /socket", async () => {
    let asked = 0;
    await using server = serve({
      answer(path) {
        asked += 1;
        // Whoever goes round for ever is let in at last, and the test fails.
        if (asked > 100) return undefined;
        if (path === "/socket/" || path === "/first") return redirect("/socket");
        return new Response("", { status: 404 });
      },
    });
    expect(await errorOf(reach(`${server.url}/first`))).toEqual(new UpgradeRefused(302));
  });

  test("a redirect that leads nowhere is told of", async () => {
    await using server = serve({ answer: () => new Response("", { status: 302 }) });
    expect((await errorOf(reach(server.url))).message).toBe(
      "the server redirects with status 302, but does not say where to",
    );
  });

  test("a redirect that leads to no WebSocket is a failure", async () => {
    await using server = serve({ answer: () => redirect("ftp://127.0.0.1/") });
    expect((await errorOf(reach(server.url))).message).toContain("no WebSocket");
  });
});

describe("the environment's proxy", () => {
  test("the environment's proxy that is none of HTTP is a failure, where the environment counts", async () => {
    const proxyEnvironment = { HTTP_PROXY: "socks5://user:geheim@127.0.0.1:1" };
    const error = await errorOf(reach("ws://server.invalid", { proxyEnvironment }));
    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).not.toContain("geheim");
  });

  test("the environment's proxy is asked to lead to the server, where the environment counts", async () => {
    await using server = serve();
    using proxy = startHttpProxy({ leadsTo: server.port });
    const proxyEnvironment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    await using _ = await reach("ws://server.invalid:8765", { proxyEnvironment });
    expect(proxy.requests.map(({ target }) => target)).toEqual(["server.invalid:8765"]);
    expect(server.requests).toHaveLength(1);
  });
});

/** @returns the trunk, closed at the end of a test. */
async function reach(url: string, options: Partial<ClientOptions> = {}) {
  const { trunk } = await reachServer({
    client: createClientOptions({ url, ...options }),
    token: "secret-token",
    instance: INSTANCE,
    certificateAuthority: undefined,
    signal: new AbortController().signal,
    onMessage: () => undefined,
    onClose: () => undefined,
  });
  return { [Symbol.asyncDispose]: async () => trunk.link.terminate() };
}

interface Situation {
  /** By path; undefined opens a WebSocket. */
  readonly answer?: (path: string) => Response | undefined;
  readonly greet?: (link: RawLink) => void;
}

function serve({ answer = () => undefined, greet = (link) => link.send(authResponseFrame()) }: Situation = {}) {
  const links: RawLink[] = [];
  const server: RawServer = startRawServer({
    answer: (request) => answer(new URL(request.url).pathname),
    onLink(link) {
      links.push(link);
      greet(link);
    },
  });
  return Object.assign(server, { links });
}

function redirect(location: string, status = 302): Response {
  return new Response("", { status, headers: { Location: location } });
}
