import { afterEach, describe, expect, jest, test } from "bun:test";
import { rewriteHost } from "../../../src/endpoints/forwarding/rewrite-host.ts";
import { createMailbox } from "../../../src/net/byte-stream.ts";
import { pump } from "../../../src/net/pump.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { fc } from "../../rig/properties.ts";

afterEach(() => void jest.useRealTimers());

describe("a client on the machine's network", () => {
  test("names the endpoint in each request of its connection, and every other byte stays", () => {
    const request = (host: string, body = "") =>
      `POST /a?b HTTP/1.1\r\nX-First:  1\r\nhOsT: ${host}  \r\naccept: */*\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const sent = request("localhost:9080", "Host: body\r\n\r\n") + request("10.0.0.1:9080") + request("x", "1");
    const expected =
      request("app.example:8080", "Host: body\r\n\r\n") +
      request("app.example:8080") +
      request("app.example:8080", "1");
    expect(through(sent)).toBe(expected);
    expect(through(...sent)).toBe(expected);
  });

  test("sends bodies in chunks, and requests one behind the other", () => {
    const chunked = (host: string) =>
      `PUT / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5;x=y\r\nHost:\r\n0\r\nTrailer: 1\r\n\r\n`;
    const sent = `${chunked("localhost")}GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const expected = `${chunked("app.example:8080")}GET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n`;
    expect(through(sent)).toBe(expected);
    expect(through(...sent)).toBe(expected);
  });

  test("sends what it likes after an upgrade", () => {
    const upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const frames = "\x81\x05hello GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(through(`GET / HTTP/1.1\r\nHost: localhost\r\n${upgrade}${frames}`)).toBe(
      `GET / HTTP/1.1\r\nHost: app.example:8080\r\n${upgrade}${frames}`,
    );
  });

  test.each([
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00"],
    ["something else", "SSH-2.0-OpenSSH\r\nHost: localhost\r\n\r\n"],
    ["bytes that are no text", "\x00\xff\xfe"],
    ["a folded field", "GET / HTTP/1.1\r\nX: 1\r\n 2\r\nHost: localhost\r\n\r\n"],
    ["two lengths", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    ["no host", "GET / HTTP/1.0\r\n\r\n"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"],
    ["a line that ends with LF alone", "GET / HTTP/1.1\nHost: localhost\r\n\r\n"],
    ["a chunk without a size", "PUT / HTTP/1.1\r\nHost: app.example:8080\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
  ])("is let through as it is from then on where it sends %s", (_, sent) => {
    const more = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(through(sent + more)).toBe(sent + more);
    expect(through(...sent, ...more)).toBe(sent + more);
  });

  test("is let through as it is where its head has more than 64 KiB, and no more than that waits", () => {
    const sent = `GET / HTTP/1.1\r\nX: ${"x".repeat(66_000)}`;
    expect(through(...sent).length).toBe(sent.length);
  });

  test("is let through as it is where what it begins with is not a request soon", () => {
    jest.useFakeTimers();
    const { client, far } = open();
    client.data.listener.onData(Buffer.from("GET"));
    jest.advanceTimersByTime(249);
    expect(String(far.written)).toBe("");
    jest.advanceTimersByTime(1);
    client.data.listener.onData(Buffer.from(" / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    expect([String(far.written), jest.getTimerCount()]).toEqual(["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0]);
  });

  test("is not hurried once its request has begun", () => {
    jest.useFakeTimers();
    const { client, far } = open();
    client.data.listener.onData(Buffer.from("GET / HTTP/1.1\r\nHo"));
    jest.advanceTimersByTime(60_000);
    client.data.listener.onData(Buffer.from("st: localhost\r\n\r\n"));
    expect(String(far.written)).toBe("GET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n");
  });

  test.each([
    ["end", "shutdown"],
    ["close", "end"],
  ] as const)("that ends within a head has its bytes passed on before its %s", (how, ending) => {
    const { client, far } = open();
    client.data.listener.onData(Buffer.from("GET / HTTP/1.1\r\nHo"));
    if (how === "end") client.data.listener.onEnd();
    else client.data.listener.onClose(false);
    expect([String(far.written), far.ending]).toEqual(["GET / HTTP/1.1\r\nHo", ending]);
  });

  test("has the answer as it comes", () => {
    const { client, far } = open();
    far.data.listener.onData(Buffer.from("HTTP/1.1 200 OK\r\nHost: localhost\r\n\r\n"));
    expect(String(client.written)).toBe("HTTP/1.1 200 OK\r\nHost: localhost\r\n\r\n");
  });

  test("loses no byte, whatever it sends and however that is cut", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "GET / HTTP/1.1\r\n",
        "Host: app.example:8080\r\n",
        "\r\n",
        "Content-Length: 3\r\n",
        "PRI * HTTP/2.0",
        "5\r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: upgrade\r\n",
        "0\r\n\r\n",
      ),
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 9 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(through(...pieces)).toBe(pieces.join(""));
      }),
      { numRuns: 2_000 },
    );
  });
});

function open() {
  const [client, far] = [createFakeStream(), createFakeStream()];
  client.data.listener = createMailbox();
  pump(rewriteHost(client, "app.example:8080"), far);
  return { client, far };
}

/** What the far side gets of these pieces, once the client has ended. */
function through(...pieces: readonly string[]): string {
  const { client, far } = open();
  for (const piece of pieces) client.data.listener.onData(Buffer.from(piece, "latin1"));
  client.data.listener.onEnd();
  return far.written.toString("latin1");
}
