import { expect, test } from "bun:test";
import { getFromLoopback } from "../../src/net/http-get.ts";
import { serveScript } from "./scripted-server.ts";

const LIMITS = { milliseconds: 60_000, bytes: 1_000 };

test("it asks in HTTP/1.0 and gives the body alone", async () => {
  using server = serve("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\none\r\n\r\ntwo\n");
  expect(await getFromLoopback(server.port, "/a", LIMITS)).toBe("one\r\n\r\ntwo\n");
  expect(server.heard()).toBe(`GET /a HTTP/1.0\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
});

test.each(["HTTP/1.0 404 Not Found\r\n\r\n200", "HTTP/1.0 200 OK\r\nno end of head", "SSH-2.0-x\r\n\r\n", ""])(
  "an answer that is none is refused: %p",
  async (answer) => {
    using server = serve(answer);
    await expect(getFromLoopback(server.port, "/", LIMITS)).rejects.toThrow("not an answer 200");
  },
);

test("an answer that is too long is refused", async () => {
  using server = serve(`HTTP/1.0 200 OK\r\n\r\n${"x".repeat(1_000)}`);
  await expect(getFromLoopback(server.port, "/", LIMITS)).rejects.toThrow("too long");
});

function serve(answer: string) {
  return serveScript((socket, chunk) => {
    if (chunk !== undefined) socket.end(answer);
  });
}
