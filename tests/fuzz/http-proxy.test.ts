import { expect, test } from "bun:test";
import fc from "fast-check";
import { acceptProxy } from "../../src/net/proxy/accept-proxy.ts";
import { acceptHttp } from "../../src/net/proxy/http/accept-http.ts";
import { measureBody } from "../../src/net/proxy/http/body-meter.ts";
import { HttpFault } from "../../src/net/proxy/http/fields.ts";

const OPEN = { username: "", password: "" };
const PIECES = [
  ..."\r\n\t :;,0\u0000\u0080".split(""),
  "\r\n",
  "\r\n\r\n",
  "GET ",
  "CONNECT ",
  "http://a.example/",
  "a.example:80",
  " HTTP/1.1\r\n",
  "Host: a.example\r\n",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: ",
  "5\r\nhello\r\n",
];
const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 40 });

test("no bytes of a client break what a proxy's port reads, and it says the same however they are cut", () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 7 }), (pieces, size) => {
      const bytes = Buffer.from(pieces.join(""), "latin1");
      const whole = acceptProxy(OPEN).take(bytes);
      const acceptor = acceptProxy(OPEN);
      let last = acceptor.take(new Uint8Array(0));
      for (let at = 0; at < bytes.length && !last.isRefused && last.request === undefined; at += size + 1)
        last = acceptor.take(bytes.subarray(at, at + size + 1));
      acceptor.drop();
      expect([last.isRefused, last.request?.command]).toEqual([whole.isRefused, whole.request?.command]);
    }),
    { numRuns: 2_000 },
  );
});

test("a request that is passed on has one empty line, at its end, and one Host", () => {
  const line = fc.constantFrom("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n");
  fc.assert(
    fc.property(line, text, (first, pieces) => {
      const { request } = acceptHttp(OPEN).take(Buffer.from(`${first}${pieces.join("")}\r\n\r\n`, "latin1"));
      if (request?.command !== "forward") return;
      const head = Buffer.from(request.head).toString("latin1");
      expect(head.indexOf("\r\n\r\n")).toBe(head.length - 4);
      expect(head.match(/^host:/gim)).toHaveLength(1);
      expect(head.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
    }),
    { numRuns: 2_000 },
  );
});

test("no bytes break what measures a chunked body: they are refused, or it says how many are of it", () => {
  fc.assert(
    fc.property(text, (pieces) => {
      const bytes = Buffer.from(pieces.join(""), "latin1");
      try {
        expect(measureBody({ kind: "chunked" }).take(bytes)).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(HttpFault);
      }
    }),
    { numRuns: 2_000 },
  );
});
