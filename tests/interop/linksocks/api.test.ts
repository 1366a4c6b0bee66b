import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { apiOf, type LinksocksApi } from "../../rig/linksocks-api.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { authFrame, TYPE } from "../../rig/linksocks-frames.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { openRawLink } from "../../rig/raw-link.ts";
import { accepts } from "../../rig/socks.ts";
import { until } from "../../rig/until.ts";

const KEY = "TOKEN";
const JSON_TYPE = "application/json";
/** One that no other server of this file is given. */
const PORT = freePort();

let web: Target;
beforeAll(() => {
  web = startWebTarget();
});
afterAll(() => web[Symbol.dispose]());

for (const program of [OWN_LINKSOCKS, ...goPeers()]) {
  const isOwn = program === OWN_LINKSOCKS;

  describe(`the API of a server of ${program.name}`, () => {
    let server: LinksocksPeer;
    let api: LinksocksApi;
    beforeAll(async () => {
      server = await program.start("server", { apiKey: KEY });
      api = apiOf(server, KEY);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("the API of a server says on / that it is there", async () => {
      for (const method of ["GET", "POST", "DELETE"]) {
        expect(await api.ask(method, "/", undefined, {})).toEqual({
          status: 200,
          contentType: "text/plain; charset=utf-8",
          body: expect.stringMatching(/^LinkSocks v\S+ is running. API endpoints available at \/api\/\*\n$/),
        });
      }
      const nowhere = await api.ask("GET", "/nowhere", undefined, {});
      expect(nowhere).toMatchObject({ status: 404, body: "404 page not found\n" });
      expect((await api.ask("GET", "/socket", undefined, {})).status).toBe(400);
    });

    test("the API of a server asks for the key, whatever is wrong with it", async () => {
      for (const headers of [{}, { "X-API-Key": "wrong" }, { "X-API-Key": "" }, { Authorization: KEY }]) {
        for (const [method, path] of [
          ["GET", "/api/status"],
          ["POST", "/api/token"],
          ["DELETE", "/api/token/forward"],
        ] as const) {
          const answer = await api.ask(method, path, undefined, headers);
          expect([answer.status, answer.body]).toEqual([401, '{"success":false,"error":"invalid API key"}\n']);
          // Go calls that of the status plain text.
          if (isOwn) expect(answer.contentType).toBe(JSON_TYPE);
        }
      }
    });

    test.each<readonly [string, object | string | undefined, number, string]>([
      ["a name", { type: "forward", token: "f1" }, 200, '{"success":true,"token":"f1"}'],
      ["a name again", { type: "forward", token: "f1" }, 200, '{"success":false,"error":"token already exists"}'],
      ["a port", { type: "reverse", token: "r1", port: PORT }, 200, `{"success":true,"token":"r1","port":${PORT}}`],
      [
        "a port again",
        { type: "reverse", token: "r2", port: PORT },
        200,
        `{"success":false,"error":"cannot allocate port: ${PORT}"}`,
      ],
      [
        "the right to manage connectors",
        { type: "reverse", token: "au", allow_manage_connector: true },
        200,
        '{"success":true,"token":"au","port":-1}',
      ],
      [
        "its reverse token",
        { type: "connector", token: "c1", reverse_token: "r1" },
        200,
        '{"success":true,"token":"c1"}',
      ],
      [
        "the same once more",
        { type: "connector", token: "c1", reverse_token: "r1" },
        200,
        '{"success":true,"token":"c1"}',
      ],
      [
        "another reverse token",
        { type: "connector", token: "c1", reverse_token: "au" },
        200,
        '{"success":false,"error":"connector token already exists"}',
      ],
      [
        "no reverse token",
        { type: "connector", token: "c2" },
        200,
        '{"success":false,"error":"reverse_token is required for connector token"}',
      ],
      [
        "an unknown reverse token",
        { type: "connector", token: "c2", reverse_token: "nobody" },
        200,
        '{"success":false,"error":"reverse token does not exist"}',
      ],
      [
        "the reserved name",
        { type: "forward", token: "anonymous" },
        200,
        `{"success":false,"error":"'anonymous' is reserved and cannot be used as a token"}`,
      ],
      ["no such type", { type: "sideways" }, 400, '{"success":false,"error":"invalid token type"}'],
      ["no type", {}, 400, '{"success":false,"error":"invalid token type"}'],
      ["nothing", undefined, 400, '{"success":false,"error":"invalid request body"}'],
      ["half of it", '{"type":"forward"', 400, '{"success":false,"error":"invalid request body"}'],
      ["a number for a name", { type: "forward", token: 1 }, 400, '{"success":false,"error":"invalid request body"}'],
    ])("the API of a server answers to a token with %s", async (_, body, status, text) => {
      expect(await api.ask("POST", "/api/token", body)).toEqual({ status, contentType: JSON_TYPE, body: `${text}\n` });
    });

    test("the API of a server refuses other methods", async () => {
      for (const method of ["GET", "PUT", "PATCH"]) {
        expect(await api.ask(method, "/api/token")).toMatchObject({ status: 405, body: "" });
      }
      expect(await api.ask("POST", "/api/status", {})).toMatchObject({ status: 405, body: "" });
    });

    test("the API of a server generates a token, and a client with it is let in", async () => {
      const { token } = await api.add({ type: "forward" });
      expect(token).toMatch(/^[0-9a-f]{16}$/);
      await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token });
      await webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port });
    });

    test("the API of a server removes by path and by body; clients of the token are closed", async () => {
      const token = "short-lived/with a slash";
      for (const remove of [
        () => api.ask("DELETE", `/api/token/${encodeURIComponent("short-lived")}`),
        () => api.ask("DELETE", "/api/token", { token: "short-lived" }),
      ]) {
        await api.add({ type: "forward", token: "short-lived" });
        using link = await openRawLink(`${server.url}/socket/`);
        link.send(authFrame("short-lived", false));
        await link.next(TYPE.authResponse);
        expect(await remove()).toMatchObject({ status: 200, body: '{"success":true,"token":"short-lived"}\n' });
        await until("the client is closed", link.isClosed);
      }
      const none = await api.ask("DELETE", "/api/token", {});
      expect([none.status, none.body]).toEqual([200, '{"success":false,"error":"token not specified"}\n']);
      const unknown = await api.ask("DELETE", "/api/token/short-lived");
      // Go says that it has removed what was never there.
      const said = isOwn ? '{"success":false,"error":"token not found"}\n' : '{"success":true,"token":"short-lived"}\n';
      expect([unknown.status, unknown.body]).toEqual([200, said]);
      if (!isOwn) return;
      await api.add({ type: "forward", token });
      const removed = await api.ask("DELETE", `/api/token/${encodeURIComponent(token)}`);
      expect(removed.body).toBe(`${JSON.stringify({ success: true, token })}\n`);
    });
  });

  test(`the status of a server of ${program.name} lists tokens, and counts clients`, async () => {
    await using server = await program.start("server", { apiKey: KEY });
    const api = apiOf(server, KEY);
    expect(await api.status()).toEqual({
      version: expect.stringMatching(/^v/),
      tokens: [],
      direct: { enabled: false },
    });
    const port = freePort();
    await api.add({ type: "forward", token: "forward" });
    await api.add({ type: "reverse", token: "reverse", port });
    await api.add({ type: "connector", token: "connector", reverse_token: "reverse" });
    await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "reverse" });
    await until("the provider is counted", async () => {
      const { tokens } = await api.status();
      return tokens.find(({ token }) => token === "reverse")?.clients_count === 1;
    });
    const { tokens } = await api.status();
    const reverse = { type: "reverse", clients_count: 1, port, connector_tokens: ["connector"] };
    expect(tokens).toHaveLength(2);
    expect(tokens).toContainEqual({ token: "reverse", ...reverse });
    // Go counts everybody for a forward token that has nobody.
    const clients = isOwn ? 0 : expect.any(Number);
    expect(tokens).toContainEqual({ token: "forward", type: "forward", clients_count: clients });
    await webOk({ port }, { host: "127.0.0.1", port: web.port });
    await api.ask("DELETE", "/api/token/reverse");
    if (isOwn) await until("the port is closed", async () => !(await accepts(port)));
    // Its port is free for the next token at once.
    await api.add({ type: "reverse", token: "next", port });
    await using _next = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "next" });
    await until("the port is open again", () => accepts(port));
    await webOk({ port }, { host: "127.0.0.1", port: web.port });
  });
}
