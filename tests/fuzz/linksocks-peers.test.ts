import { expect, test } from "bun:test";
import fc from "fast-check";
import { readFrame } from "../../src/linksocks/channel/read-frame.ts";
import { encodeMessage } from "../../src/linksocks/codec/encode.ts";
import { TYPE } from "../../src/linksocks/codec/wire-format.ts";
import { openTcp } from "../../src/linksocks/entry/open-tcp.ts";
import { createPeers } from "../../src/linksocks/server/peers.ts";
import { servePeer } from "../../src/linksocks/server/serve-peer.ts";
import { acceptSocks } from "../../src/net/proxy/socks-server.ts";
import { createExit } from "../linksocks/entry/entry-rig.ts";
import { OPEN as ANYWHERE } from "../linksocks/exit/target-rig.ts";
import { createFakePeer } from "../linksocks/server/peer-rig.ts";
import { createTestRegistry, reverse } from "../linksocks/server/token-rig.ts";
import { createFakeStream } from "../net/fake-stream.ts";

const OPEN = { username: "", password: "" };
const GREETING = [5, 1, 0];
const NAME = 3;

/** Bytes that mean something here and there, and bytes that are no UTF-8. */
const bytes = (maxLength: number) =>
  fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2, 0x61, 0xff)), { maxLength });

test("whatever host a SOCKS client names, it is refused or can be asked for", () => {
  const names = fc.array(fc.oneof(fc.constant(0xff), fc.nat({ max: 255 })), { maxLength: 255 });
  fc.assert(
    fc.property(names, (name) => {
      const { request, isRefused } = acceptSocks(OPEN)(
        new Uint8Array([...GREETING, 5, 1, 0, NAME, name.length, ...name, 0, 80]),
      );
      expect(isRefused).toBe(request === undefined);
      if (request === undefined) return;
      const exit = createExit();
      openTcp(exit.trunk, request.target, false, { onOpen: () => undefined, onRefused: () => undefined });
      expect(exit.link.sent).toMatchObject([{ type: "connect", target: request.target }]);
      exit.trunk.end();
    }),
    { numRuns: 1_000 },
  );
});

test("no bytes of a SOCKS client break the handshake", () => {
  fc.assert(
    fc.property(bytes(600), (given) => void acceptSocks(OPEN)(new Uint8Array(given))),
    { numRuns: 1_000 },
  );
});

test("no frame of an authenticated peer breaks a server", () => {
  const types = fc.oneof(fc.constantFrom(...Object.values(TYPE)), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(types, bytes(300)), { minLength: 1, maxLength: 20 }), (frames) => {
      const peers = createPeers();
      const { tokens } = createTestRegistry();
      const everyone = [
        createFakePeer("client", tokens.addForward("f")),
        createFakePeer("provider", tokens.addReverse(reverse("auto", { autonomy: true }))),
        createFakePeer("connector", tokens.addConnector("c", "auto")),
      ];
      for (const peer of everyone) peers.add(peer);
      const dial = async () => createFakeStream();
      // Not allowed: a datagram of this test would leave the machine.
      const options = {
        log: () => undefined,
        exitOf: () => ({ dial, destinations: ANYWHERE }),
        allowsUdp: false,
        peers,
        tokens,
        connectorWaitMs: 0,
      };
      for (const [type, body] of frames) {
        for (const peer of everyone) {
          const frame = Buffer.from([1, type, ...body]);
          readFrame(peer.trunk, frame, (message) => servePeer(peer, message, frame, options));
        }
      }
      for (const { link, trunk } of everyone) {
        for (const message of link.sent)
          if (message.type !== "malformed" && message.type !== "unknown") encodeMessage(message);
        trunk.end();
      }
    }),
    { numRuns: 500 },
  );
});
