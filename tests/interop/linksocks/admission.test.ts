import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { freePort } from "../../rig/free-port.ts";
import { apiOf, type LinksocksApi } from "../../rig/linksocks-api.ts";
import { authFrame, channelId, connectFrame, frame, logFrame, TYPE } from "../../rig/linksocks-frames.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { openRawLink, type RawLink } from "../../rig/raw-link.ts";
import { accepts } from "../../rig/socks.ts";

const KEY = "the-key-of-the-api";
const TOKENS = () => [
  { type: "forward", token: "forward-token" },
  { type: "reverse", token: "reverse-token", port: freePort() },
  { type: "connector", token: "connector-token", reverse_token: "reverse-token" },
];
const ACCEPTED = Buffer.from([1]);

for (const program of [OWN_LINKSOCKS, ...goPeers()]) {
  const { name } = program;
  const isOwn = program === OWN_LINKSOCKS;

  describe(`who is let in by a server of ${name}`, () => {
    let server: LinksocksPeer;
    let api: LinksocksApi;
    beforeAll(async () => {
      server = await program.start("server", { apiKey: KEY });
      api = apiOf(server, KEY);
      for (const token of TOKENS()) await api.add(token);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const hash = (token: string) => createHash("sha256").update(token).digest("hex");
    const byUrl = (query: string) => openRawLink(`${server.url}/socket?${query}`);
    const byMessage = async (first: Uint8Array, path = "/socket") => {
      const link = await openRawLink(server.url + path);
      link.send(first);
      return link;
    };

    test.each<readonly [string, string]>([
      ["a forward token that says so", `token=${hash("forward-token")}&reverse=false`],
      ["a forward token with another word for no", `token=${hash("forward-token")}&reverse=0`],
      ["a forward token without a role", `token=${hash("forward-token")}`],
      ["a reverse token", `token=${hash("reverse-token")}&reverse=true`],
      ["a reverse token with reverse=1", `token=${hash("reverse-token")}&reverse=1`],
      ["a reverse token without a role", `token=${hash("reverse-token")}`],
      ["a connector token", `token=${hash("connector-token")}&reverse=false`],
      ["an instance that is none", `token=${hash("forward-token")}&reverse=false&instance=none`],
    ])("a client is let in by its URL: %s", async (_, query) => {
      using link = await byUrl(query);
      await expectAccepted(link);
    });

    test.each<readonly [string, string, string]>([
      ["a token that is no hash", "token=forward-token&reverse=false", "invalid token format"],
      ["63 characters", `token=${"a".repeat(63)}`, "invalid token format"],
      ["a hash in capitals", `token=${hash("forward-token").toUpperCase()}`, "invalid token"],
      ["an unknown token", `token=${hash("nobody")}&reverse=false`, "invalid token"],
      ["a forward token as a provider", `token=${hash("forward-token")}&reverse=true`, "invalid token"],
      ["a connector token as a provider", `token=${hash("connector-token")}&reverse=true`, "invalid token"],
      ["a reverse token as a client", `token=${hash("reverse-token")}&reverse=false`, "invalid token"],
      ["a client without a token", `token=${hash("anonymous")}&reverse=false`, "invalid token"],
    ])("a client is not let in by its URL: %s", async (_, query, error) => {
      using link = await byUrl(query);
      await expectRefused(link, error);
    });

    test.each<readonly [string, string, boolean, string]>([
      ["a forward token", "forward-token", false, "/socket"],
      ["a reverse token", "reverse-token", true, "/socket"],
      ["a connector token", "connector-token", false, "/socket"],
      ["any path below /socket", "forward-token", false, "/socket/"],
      ["a query without a token", "forward-token", false, "/socket/deep/er?reverse=true&token="],
    ])("a client is let in by an Auth message: %s", async (_, token, isProvider, path) => {
      using link = await byMessage(authFrame(token, isProvider), path);
      await expectAccepted(link);
    });

    test.each<readonly [string, Uint8Array, string]>([
      ["an unknown token", authFrame("nobody", false), "invalid token"],
      ["a forward token as a provider", authFrame("forward-token", true), "invalid token"],
      ["a connector token as a provider", authFrame("connector-token", true), "invalid token"],
      ["a reverse token as a client", authFrame("reverse-token", false), "invalid token"],
      ["a hash in place of the token", authFrame(hash("forward-token"), false), "invalid token"],
      ["another message first", logFrame("debug", "hello"), "invalid auth message"],
      ["a message of a type yet unknown first", frame(0xfe), "invalid auth message"],
    ])("a client is not let in by a message: %s", async (_, first, error) => {
      using link = await byMessage(first);
      await expectRefused(link, error);
    });

    test.each([
      ["an Auth that ends early", frame(0x01, [5])],
      ["an empty Auth", frame(0x01)],
      ["one byte", new Uint8Array([1])],
      ["another major version", new Uint8Array([0x11, 0x01, 0])],
    ])("a client is not let in by what cannot be read: %s", async (_, first) => {
      using link = await byMessage(first);
      const answer = await link.next(TYPE.authResponse);
      expect(answer.subarray(4).toString()).toStartWith("invalid auth message: ");
      await link.closed;
    });

    test("a provider's port is open once it is accepted, and no Auth counts after that", async () => {
      using link = await byUrl(`token=${hash("reverse-token")}&reverse=true`);
      await expectAccepted(link);
      const { tokens } = await api.status();
      const port = tokens.find(({ token }) => token === "reverse-token")?.port ?? 0;
      // Go opens it after its answer.
      if (isOwn) expect(await accepts(port)).toBe(true);
      link.send(authFrame("nobody", false));
      link.send(connectFrame(channelId("late"), "127.0.0.1", 1));
      await link.next(TYPE.connectResponse);
    });
  });
}

describe("our own server", () => {
  test("our own server says nothing before it has accepted, and then how many partners there are", async () => {
    await using server = await OWN_LINKSOCKS.start("server", {
      token: "reverse-token",
      reverse: true,
      connectorToken: "connector-token",
    });
    using provider = await openRawLink(`${server.url}/socket/`);
    provider.send(authFrame("reverse-token", true));
    await provider.next(TYPE.authResponse);
    using connector = await openRawLink(`${server.url}/socket/`);
    connector.send(authFrame("connector-token", false));
    expect((await connector.next(TYPE.partners)).subarray(6).toString()).toBe('{"count":1}');
    expect(connector.received.map((message) => message[1])).toEqual([TYPE.authResponse, TYPE.log, TYPE.partners]);
  });

  test("our own server closes with a reason, and who never says who they are", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "forward-token" });
    using silent = await openRawLink(`${server.url}/socket`);
    using wrong = await openRawLink(`${server.url}/socket?token=short`);
    expect(await wrong.closed).toEqual({ code: 1008, reason: "invalid token format" });
    const answer = await silent.next(TYPE.authResponse);
    expect(answer.subarray(4).toString()).toBe("authentication timed out");
    expect(await silent.closed).toEqual({ code: 1008, reason: "authentication timed out" });
  });
});

async function expectAccepted(link: RawLink): Promise<void> {
  expect((await link.next(TYPE.authResponse)).subarray(2)).toEqual(ACCEPTED);
}

async function expectRefused(link: RawLink, error: string): Promise<void> {
  const answer = await link.next(TYPE.authResponse);
  expect([answer[2], answer.subarray(4).toString()]).toEqual([0, error]);
  await link.closed;
}
