import { describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { apiOf } from "../../rig/linksocks-api.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { until } from "../../rig/until.ts";

const KEY = "TOKEN";
const JSON_TYPE = "application/json";

describe("the API of our own server", () => {
  test("the API of our own server is not there without a key", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "forward" });
    const api = apiOf(server, "");
    for (const path of ["/api/status", "/api/token"]) {
      expect(await api.ask("GET", path)).toMatchObject({ status: 404, body: "404 page not found\n" });
    }
    const root = await api.ask("GET", "/");
    expect(root.body).toMatch(/^LinkSocks v\S+ is running but API is not enabled.\n$/);
  });

  test("the API of our own server makes no token of its own, and shows no key or token in its log", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { apiKey: "a-key-to-hide" });
    const api = apiOf(server, "a-key-to-hide");
    expect((await api.status()).tokens).toEqual([]);
    await api.add({
      type: "reverse",
      token: "a-token-to-hide",
      port: freePort(),
      username: "u",
      password: "a-word-to-hide",
    });
    await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "a-token-to-hide" });
    await until("the log tells of the provider", () => server.output().includes("provider from"));
    expect(server.output()).not.toContain("to-hide");
  });

  test("the API of our own server refuses web pages", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { apiKey: KEY });
    const api = apiOf(server, KEY);
    const headers = { "X-API-Key": KEY, Origin: "https://example.com" };
    for (const path of ["/api/status", "/api/token"]) {
      const answer = await api.ask(path === "/api/status" ? "GET" : "POST", path, undefined, headers);
      expect(answer).toMatchObject({ status: 403, contentType: JSON_TYPE });
    }
  });

  test("the API of our own server slows down who guesses the key, and forgives", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { apiKey: KEY });
    const api = apiOf(server, KEY);
    const guess = async () => (await api.ask("GET", "/api/status", undefined, { "X-API-Key": "guess" })).status;
    const statuses = await Promise.all(Array.from({ length: 300 }, guess));
    expect(statuses).toContain(401);
    expect(statuses).toContain(429);
    await until("the right key is taken again", async () => (await api.ask("GET", "/api/status")).status === 200);
  });

  test("the API of our own server reads a body of 64 KiB, and none that is one byte longer", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { apiKey: KEY });
    const api = apiOf(server, KEY);
    const ofLength = (length: number) => JSON.stringify({ type: "nothing", token: "x".repeat(length - 29) });
    expect(ofLength(100)).toHaveLength(100);
    expect((await api.ask("POST", "/api/token", ofLength(65_536))).body).toContain("type");
    expect((await api.ask("POST", "/api/token", ofLength(65_537))).status).toBe(413);
  });

  test("the API of our own server refuses a body that is too long, and goes on", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { apiKey: KEY });
    const api = apiOf(server, KEY);
    const answer = await api.ask("POST", "/api/token", { type: "forward", token: "x".repeat(1_000_000) });
    expect([400, 413]).toContain(answer.status);
    await api.add({ type: "forward", token: "next" });
  });
});
