import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askUpgrade, askUpgradeStatus } from "../../rig/ask-upgrade.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";

for (const program of [OWN_LINKSOCKS, ...goPeers()]) {
  describe(`a WebSocket of a server of ${program.name}`, () => {
    let server: LinksocksPeer;
    beforeAll(async () => {
      server = await program.start("server", { token: "token" });
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("the path of a server knows neither compression nor protocols of its own", async () => {
      const head = await askUpgrade(server, "token", {
        headers: [
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
          "Sec-WebSocket-Protocol: chat",
        ],
      });
      expect(head).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
      expect(head).toMatch(/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im);
      expect(head).not.toMatch(/^Sec-WebSocket-Extensions:/im);
      expect(head).not.toMatch(/^Sec-WebSocket-Protocol:/im);
    });

    test("the path of a server is open whatever its token, and refused within", async () => {
      expect(await askUpgradeStatus(server, "wrong")).toBe(101);
    });

    test("the path of a server is not for web pages, where the server is ours", async () => {
      const headers = ["Origin: https://example.com"];
      expect(await askUpgradeStatus(server, "token", { headers })).toBe(program === OWN_LINKSOCKS ? 403 : 101);
    });
  });
}
