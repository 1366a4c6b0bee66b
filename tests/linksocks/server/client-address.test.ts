import { expect, test } from "bun:test";
import { findClientAddress } from "../../../src/linksocks/server/client-address.ts";

const TRUSTED = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"];

test.each([
  { peer: "203.0.113.9", headers: { "cf-connecting-ip": "198.51.100.1" }, client: "203.0.113.9" },
  { peer: "203.0.113.9", headers: { "x-forwarded-for": "198.51.100.1" }, client: "203.0.113.9" },
  { peer: "10.1.1.1", headers: {}, client: "10.1.1.1" },
  { peer: "10.1.1.1", headers: { "cf-connecting-ip": "198.51.100.1" }, client: "198.51.100.1" },
  { peer: "::ffff:10.1.1.1", headers: { "x-forwarded-for": "198.51.100.1" }, client: "198.51.100.1" },
  { peer: "2001:db8::7", headers: { "x-forwarded-for": "198.51.100.1" }, client: "198.51.100.1" },
  {
    peer: "10.1.1.1",
    headers: { "cf-connecting-ip": "198.51.100.1", "x-forwarded-for": "198.51.100.2" },
    client: "198.51.100.1",
  },
  {
    peer: "10.1.1.1",
    headers: { "cf-connecting-ip": "nobody", "x-forwarded-for": "198.51.100.2" },
    client: "198.51.100.2",
  },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "192.0.2.66, 198.51.100.1" }, client: "198.51.100.1" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "192.0.2.66, 198.51.100.1,10.2.2.2" }, client: "198.51.100.1" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "10.3.3.3, 10.2.2.2" }, client: "10.3.3.3" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "192.0.2.66, nobody, 10.2.2.2" }, client: "10.2.2.2" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "" }, client: "10.1.1.1" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "198.51.100.1:4711" }, client: "198.51.100.1" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "[2001:db9::1]:4711" }, client: "2001:db9::1" },
  { peer: "10.1.1.1", headers: { "x-forwarded-for": "2001:db9::1" }, client: "2001:db9::1" },
])("$peer with $headers is $client", ({ peer, headers, client }) => {
  expect(findClientAddress(peer, new Headers(headers), TRUSTED)).toBe(client);
});

test("a server believes nobody where nobody is trusted", () => {
  const headers = new Headers({ "cf-connecting-ip": "198.51.100.1", "x-forwarded-for": "198.51.100.1" });
  expect(findClientAddress("127.0.0.1", headers, [])).toBe("127.0.0.1");
});
