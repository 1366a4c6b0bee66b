import { describe, expect, test } from "bun:test";
import { acceptHttp } from "../../../../src/net/proxy/http/accept-http.ts";
import type { ProxyProgress } from "../../../../src/net/proxy/proxy-request.ts";

const OPEN = { username: "", password: "" };
const ALICE = { username: "alice", password: "se:cret" };
const HOST = "Host: a.example\r\n";

describe("what an HTTP proxy is asked for", () => {
  test.each([
    ["CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "a.example", 443],
    ["CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "2001:db8::1", 8443],
    ["CONNECT a.example:80 HTTP/1.0\r\n\r\n", "a.example", 80],
    // What differs is the business of the host within, and clients leave the port out.
    ["CONNECT a.example:443 HTTP/1.1\r\nHost: other.example\r\nContent-Length: 0\r\n\r\n", "a.example", 443],
  ])("a CONNECT names where to: %j", (head, host, port) => {
    expect(ask(head).request).toEqual({ command: "connect", protocol: "http", target: { host, port } });
  });

  test.each([
    ["GET http://A.example HTTP/1.1\r\nHost: a.EXAMPLE:80\r\n\r\n", "GET / HTTP/1.1\r\nHost: A.example\r\n\r\n"],
    [`GET http://a.example?q HTTP/1.1\r\n${HOST}\r\n`, "GET /?q HTTP/1.1\r\nHost: a.example\r\n\r\n"],
    [
      "GET http://a.example:8080/ HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a.example:8080\r\nConnection: close\r\n\r\n",
    ],
    [`OPTIONS http://a.example HTTP/1.1\r\n${HOST}\r\n`, "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n"],
    [
      `\r\nGET http://a.example/%20x HTTP/1.1\r\n${HOST}X-Name:  \u00fcber \r\n\r\n`,
      "GET /%20x HTTP/1.1\r\nHost: a.example\r\nX-Name:  \u00fcber \r\n\r\n",
    ],
    [
      `GET http://a.example/ HTTP/1.1\r\n${HOST}Connection: close\r\nTE: trailers\r\n\r\n`,
      "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
    ],
  ])("a whole URL becomes a request to its host: %j", (head, expected) => {
    const { request } = ask(head);
    if (request?.command !== "forward") throw new Error("it is not passed on");
    expect(Buffer.from(request.head).toString("latin1")).toBe(expected);
  });

  test("a head that comes byte by byte is understood, and what comes behind it is kept", () => {
    const acceptor = acceptHttp(OPEN);
    const head = "CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const character of head.slice(0, -1)) expect(acceptor.take(Buffer.from(character)).request).toBeUndefined();
    const { request, rest } = acceptor.take(Buffer.from("\nhello"));
    expect([request?.command, String(rest)]).toEqual(["connect", "hello"]);
  });

  test("a head of nearly 64 KiB is taken, and a longer one is not", () => {
    const begin = `GET http://a.example/ HTTP/1.1\r\n${HOST}X: `;
    expect(ask(`${begin}${"x".repeat(65_000)}\r\n\r\n`).request).toBeDefined();
    expect(statusOf(ask(`${begin}${"x".repeat(65_536)}`))).toBe("431");
    expect(statusOf(ask(`${begin}${"x".repeat(65_536)}\r\n\r\n`))).toBe("431");
  });
});

describe("what two readers could take for different requests", () => {
  const post = "POST http://a.example/ HTTP/1.1\r\n";
  test.each([
    ["two lengths", `${post}${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`],
    ["two lengths that agree", `${post}${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
    ["a list of lengths", `${post}${HOST}Content-Length: 5, 5\r\n\r\n`],
    ["a length with a sign", `${post}${HOST}Content-Length: +5\r\n\r\n`],
    ["a length in hexadecimal", `${post}${HOST}Content-Length: 0x5\r\n\r\n`],
    ["both lengths", `${post}${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ["two codings", `${post}${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ["the coding twice", `${post}${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n`],
    ["a coding with a control character", `${post}${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n`],
    ["a coding before a colon", `${post}${HOST}Transfer-Encoding : chunked\r\n\r\n`],
    ["chunks of HTTP/1.0", "POST http://a.example/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a folded line", `${post}${HOST}X: a\r\n b\r\n\r\n`],
    ["a line with a bare CR", `${post}${HOST}X: a\rContent-Length: 5\r\n\r\n`],
    ["a line with a bare LF", `${post}${HOST}X: a\nContent-Length: 5\r\n\r\n`],
    ["a line with a zero", `${post}${HOST}X: a\0\r\n\r\n`],
    ["a line without a name", `${post}${HOST}: a\r\n\r\n`],
    ["another Host", `${post}Host: b.example\r\n\r\n`],
    ["another port in Host", `${post}Host: a.example:81\r\n\r\n`],
    ["two Hosts", `${post}${HOST}${HOST}\r\n`],
    ["no Host", `${post}\r\n`],
    ["a user in the URL", `GET http://me@a.example/ HTTP/1.1\r\n${HOST}\r\n`],
    ["a fragment", `GET http://a.example/#x HTTP/1.1\r\n${HOST}\r\n`],
    ["a blank in the URL", `GET http://a.example/a b HTTP/1.1\r\n${HOST}\r\n`],
    ["two blanks", `GET  http://a.example/ HTTP/1.1\r\n${HOST}\r\n`],
    ["another version", `GET http://a.example/ HTTP/2.0\r\n${HOST}\r\n`],
    [
      "a Connection that takes the length away",
      `${post}${HOST}Connection: Content-Length\r\nContent-Length: 5\r\n\r\n`,
    ],
    ["a CONNECT with a body", "CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"],
    ["a CONNECT with chunks", "CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a CONNECT without a port", "CONNECT a.example HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a CONNECT to port 0", "CONNECT a.example:0 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a host of controls", "CONNECT a%0a.example:1 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("%s is refused: 400", (_, head) => {
    expect(statusOf(ask(head))).toBe("400");
  });

  test.each([
    ["what a browser asks of a web server", `GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n`],
    ["https without CONNECT", `GET https://a.example/ HTTP/1.1\r\n${HOST}\r\n`],
    ["ftp", `GET ftp://a.example/ HTTP/1.1\r\n${HOST}\r\n`],
  ])("%s is refused, with a sentence, and without leave for the page to read it", (_, head) => {
    const answer = String(Buffer.from(ask(head).reply));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*\r\n\r\nwpdaemon: .*(whole URL|CONNECT)/);
    expect(answer.toLowerCase()).not.toContain("access-control");
  });
});

describe("a port with a password", () => {
  const connect = (authorization: string) => `CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`;
  test("a port with a password lets in who shows it", () => {
    const { request } = ask(connect(`Proxy-Authorization: basic ${btoa("alice:se:cret")}\r\n`), ALICE);
    expect(request?.command).toBe("connect");
  });

  test.each([
    ["nothing", ""],
    ["another password", `Proxy-Authorization: Basic ${btoa("alice:se")}\r\n`],
    ["another user", `Proxy-Authorization: Basic ${btoa("bob:se:cret")}\r\n`],
    ["another scheme", `Proxy-Authorization: Bearer ${btoa("alice:se:cret")}\r\n`],
    ["it to the host alone", `Authorization: Basic ${btoa("alice:se:cret")}\r\n`],
  ])("a port with a password asks who shows %s: 407", (_, field) => {
    const progress = ask(connect(field), ALICE);
    expect(statusOf(progress)).toBe("407");
    expect(String(Buffer.from(progress.reply))).toContain('Proxy-Authenticate: Basic realm="wpdaemon"');
  });
});

test("heads that have begun and not ended are kept up to 16 MiB, of all connections together, and no further", () => {
  const acceptors = Array.from({ length: 400 }, () => acceptHttp(OPEN));
  const part = Buffer.from(`GET http://a.example/${"x".repeat(60_000)}`);
  const answers = acceptors.map((acceptor) => statusOf(acceptor.take(part)));
  expect(answers.slice(0, 250).every((status) => status === "")).toBe(true);
  expect(answers.slice(300).every((status) => status === "503")).toBe(true);
  for (const acceptor of acceptors) acceptor.drop();
  expect(statusOf(acceptHttp(OPEN).take(part))).toBe("");
});

function ask(head: string, credentials = OPEN): ProxyProgress {
  return acceptHttp(credentials).take(Buffer.from(head, "latin1"));
}

function statusOf({ reply }: ProxyProgress): string {
  return /^HTTP\/1\.1 (\d+) /.exec(Buffer.from(reply).toString("latin1"))?.[1] ?? "";
}
