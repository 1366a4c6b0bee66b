import { afterEach, describe, expect, test } from "bun:test";
import { LINKSOCKS_RELEASE } from "../../../src/linksocks/server/api.ts";
import { start, stopAll } from "./server-rig.ts";

const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

afterEach(stopAll);

describe("over HTTP", () => {
  test("over HTTP, it says at / that it runs", async () => {
    const { ask } = await start();
    expect(await ask("GET / HTTP/1.1", "Host: localhost")).toEqual({
      status: 200,
      body: `LinkSocks ${LINKSOCKS_RELEASE} is running but API is not enabled.\n`,
      head: expect.stringContaining("text/plain"),
    });
  });

  test.each(["GET /", "GET /socket", "GET /socket?token=x", "POST /api/token"])(
    "over HTTP, a host that makes %s no URL is answered with 400 and without any page of errors",
    async (line) => {
      const { ask } = await start({ apiKey: "key" });
      for (const host of ["a b", "[", "host:99999", "a\\b", "%", "<b>"]) {
        const { status, body } = await ask(`${line} HTTP/1.1`, `Host: ${host}`, "Content-Length: 0", ...UPGRADE, KEY);
        expect([host, status, body]).toEqual([host, 400, expect.stringMatching(/^(Bad Request\n)?$/)]);
      }
    },
  );

  test.each(["/socket", "/socket/", "/socket/more", "/socket?token=x"])("%s is for WebSockets alone", async (path) => {
    const { ask } = await start();
    for (const more of [[], ["Upgrade: h2c"], ["Connection: Upgrade", "Upgrade: websocket"]]) {
      const { status, head, body } = await ask(`GET ${path} HTTP/1.1`, "Host: localhost", ...more);
      expect([status, body]).toEqual([400, "Bad Request\n"]);
      expect(head.toLowerCase()).toContain("sec-websocket-version: 13");
    }
  });

  test.each(["/socket", "/socket/more"])(
    "over HTTP, a WebSocket from a web page is refused at %s, whatever page it is",
    async (path) => {
      const { ask, url } = await start();
      for (const origin of ["http://evil.example", "null", url.replace("ws:", "http:")]) {
        const answer = await ask(`GET ${path} HTTP/1.1`, "Host: localhost", `Origin: ${origin}`, ...UPGRADE, KEY);
        expect(answer).toMatchObject({ status: 403, body: "Forbidden\n" });
      }
    },
  );

  test("over HTTP, a WebSocket may be opened at /socket and below, and nowhere else", async () => {
    const { ask } = await start();
    for (const [path, status] of Object.entries({
      "/socket": 101,
      "/socket/": 101,
      "/socket/a/b": 101,
      "/socketx": 404,
    })) {
      const answer = await ask(`GET ${path} HTTP/1.1`, "Host: localhost", ...UPGRADE, KEY);
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  test("over HTTP, no sub-protocol and no extension is agreed to", async () => {
    const { ask } = await start();
    const wishes = ["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate"];
    const { status, head } = await ask("GET /socket HTTP/1.1", "Host: localhost", ...UPGRADE, KEY, ...wishes);
    expect([status, /^sec-websocket-(protocol|extensions):/im.test(head)]).toEqual([101, false]);
  });
});
