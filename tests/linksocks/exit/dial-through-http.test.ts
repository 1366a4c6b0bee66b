import { expect, test } from "bun:test";
import { createDial } from "../../../src/linksocks/exit/dial.ts";
import { until } from "../../rig/until.ts";
import { startHttpProxy } from "../../rig/upstream-proxies.ts";
import { closing, createEar, dialTo, OPEN, startTarget } from "./target-rig.ts";

const TARGET = { host: "example.org", port: 443 };

test.each([
  ["a name", "nobody.invalid", "nobody.invalid:443"],
  ["an IPv6 address in brackets", "2001:db8::1", "[2001:db8::1]:443"],
])("it asks for %s", async (_, host, authority) => {
  using server = startTarget();
  using proxy = startHttpProxy({ leadsTo: server.port });
  using _connection = closing(await dialTo(dialOf(proxy.port), { host, port: 443 }, createEar()));
  expect(proxy.requests[0]?.head).toBe(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
});

test("it sends credentials as Basic, in UTF-8", async () => {
  using server = startTarget();
  using proxy = startHttpProxy({ leadsTo: server.port });
  using _ = closing(await dialTo(dialOf(proxy.port, "testuser", "testpass"), TARGET, createEar()));
  expect(proxy.requests[0]?.head).toContain("\r\nProxy-Authorization: Basic dGVzdHVzZXI6dGVzdHBhc3M=\r\n");
});

test.each([
  ["another 2xx", "HTTP/1.1 204 No Content\r\n\r\n"],
  ["no reason", "HTTP/1.0 200\r\n\r\n"],
  ["lines that end with a bare LF", "HTTP/1.1 200 OK\nA: b\n\n"],
  ["a length that a tunnel does not have", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"],
  ["an interim answer before it", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ["a long head", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(16_000)}\r\n\r\n`],
])("an answer with %s opens the tunnel", async (_, successHead) => {
  using server = startTarget();
  using proxy = startHttpProxy({ successHead, answer: "merged", leadsTo: server.port });
  const ear = createEar();
  using _connection = closing(await dialTo(dialOf(proxy.port), TARGET, ear));
  await until("the greeting", () => ear.text() === "hello ");
});

test.each([
  ["a head of more than 16 KiB", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(16_400)}\r\n\r\n`, "answer is too long"],
  ["interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000), "answer is too long"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "does not speak HTTP"],
  ["200 somewhere else", "HTTP/1.1 503 200\r\nA: 200\r\n\r\n", "answered 503"],
])("%s does not", async (_, successHead, message) => {
  using server = startTarget();
  using proxy = startHttpProxy({ successHead, leadsTo: server.port });
  await expect(dialTo(dialOf(proxy.port), TARGET, createEar())).rejects.toThrow(`upstream proxy: ${message}`);
});

test.each([
  [403, "upstream proxy: answered 403"],
  [502, "upstream proxy: answered 502"],
  [407, "upstream proxy: asks for credentials"],
])("a refusal %d is told as: %s", async (refuse, message) => {
  using proxy = startHttpProxy({ refuse, answer: "split" });
  await expect(dialTo(dialOf(proxy.port), TARGET, createEar())).rejects.toThrow(message);
});

function dialOf(port: number, username = "", password = "") {
  return createDial({ kind: "http", host: "127.0.0.1", port, username, password }, OPEN);
}
