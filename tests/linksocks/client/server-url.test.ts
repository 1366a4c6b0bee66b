import { expect, test } from "bun:test";
import { authenticateUrl, followRedirect, parseServerUrl } from "../../../src/linksocks/client/server-url.ts";
import { describeError } from "../../../src/platform/failure.ts";

const INSTANCE = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
/** SHA-256 of `secret-token`. */
const HASH = "930bbdc51b6aed5c2a5678fd6e28dee7a05e8a4b643cfc0b4427c3efb86c0d94";
const CONSUMER = { token: "secret-token", reverse: false, instance: INSTANCE };

test.each([
  ["example.org", "wss://example.org/socket"],
  ["example.org:8765", "wss://example.org:8765/socket"],
  [" localhost:8765/ ", "wss://localhost:8765/socket"],
  ["[::1]:8765", "wss://[::1]:8765/socket"],
  ["http://example.org", "ws://example.org/socket"],
  ["https://example.org:443/", "wss://example.org/socket"],
  ["http://example.org:443", "ws://example.org:443/socket"],
  ["ws://example.org/other", "ws://example.org/other"],
  ["WSS://example.org/socket/?a=b#c", "wss://example.org/socket/?a=b"],
  ["wss://example.org?next=http://x", "wss://example.org/socket?next=http://x"],
])("%s means %s", (text, url) => {
  expect(parseServerUrl(text).href).toBe(url);
});

test.each([
  "",
  "  ",
  "wss:/example.org",
  "wss//example.org",
  "https:",
  "WS",
  "ftp://me:geheim@example.org",
  "ws://",
  "ws://me:geheim@a b",
  "example.org:99999",
])("%p is refused, and shown in no text", (text) => {
  const message = describe(() => parseServerUrl(text));
  expect(message).toStartWith("the server's URL is not valid");
  expect(message).not.toContain("geheim");
});

test("on /socket it authenticates by the URL", () => {
  const { url, method } = authenticateUrl(new URL("ws://example.org/socket"), CONSUMER);
  expect(method).toBe("url");
  expect(url.href).toBe(`ws://example.org/socket?instance=${INSTANCE}&reverse=false&token=${HASH}`);
});

test("the parameters join those of the user, in alphabetical order", () => {
  const server = new URL("ws://example.org/socket?zone=1&a=2&token=old&room=x");
  const { url } = authenticateUrl(server, { ...CONSUMER, reverse: true });
  expect(url.search).toBe(`?a=2&instance=${INSTANCE}&reverse=true&room=x&token=${HASH}&zone=1`);
  expect(server.search).toBe("?zone=1&a=2&token=old&room=x");
});

test.each(["/socket/", "/socket/x", "/Socket", "/ws?a=b&token=theirs"])(
  "on %s it authenticates by a message",
  (path) => {
    const { url, method } = authenticateUrl(new URL(`ws://example.org${path}`), CONSUMER);
    expect(method).toBe("message");
    expect(url.href).toBe(`ws://example.org${path}`);
  },
);

test("a token that a redirect has echoed does not stand beside an Auth message", () => {
  const { url } = authenticateUrl(new URL(`ws://example.org/ws?a=b&token=${HASH}`), CONSUMER);
  expect(url.href).toBe("ws://example.org/ws?a=b");
});

test.each([
  ["ws://a/socket", "/ws/x?y=z", "ws://a/ws/x?y=z"],
  ["ws://a/one/socket", "two", "ws://a/one/two"],
  ["ws://a/socket", "http://b:81/socket", "ws://b:81/socket"],
  ["ws://a/socket", "https://b/socket", "wss://b/socket"],
  ["wss://a/socket", "//b/socket#top", "wss://b/socket"],
  ["wss://a:8443/socket", "wss://b/", "wss://b/"],
])("from %s, %s leads to %s", (from, location, to) => {
  expect(followRedirect(new URL(from), location).href).toBe(to);
});

test("behind a redirect that drops the query it authenticates anew", () => {
  const first = authenticateUrl(parseServerUrl("ws://a"), CONSUMER).url;
  const second = authenticateUrl(followRedirect(first, "https://b/socket"), CONSUMER);
  expect(second.url.href).toBe(`wss://b/socket?instance=${INSTANCE}&reverse=false&token=${HASH}`);
  expect(authenticateUrl(followRedirect(first, "/other"), CONSUMER).method).toBe("message");
});

test.each(["ws://a/socket", "http://b/socket"])("it never leaves TLS for %s", (location) => {
  const from = new URL(`wss://a/socket?token=${HASH}`);
  const message = describe(() => followRedirect(from, location));
  expect(message).toContain("from TLS to a connection without it");
  expect(message).not.toContain(HASH);
});

test.each(["ftp://b/x", "javascript:alert(1)", "http://"])("%s is nowhere to go", (location) => {
  expect(describe(() => followRedirect(new URL("ws://a/socket"), location))).toContain("no WebSocket");
});

function describe(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return describeError(error);
  }
  throw new Error("nothing was thrown");
}
