import { beforeEach, expect, test } from "bun:test";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { workByTurns } from "../../../src/linksocks/channel/work-by-turns.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { createFakeLink } from "../fake-link.ts";

// A turn that has just begun.
beforeEach(turn);

test("messages of a peer that take too long for one turn of the loop wait in order, and their link is not read meanwhile", async () => {
  const peer = start();
  hear(peer, FEW + 3);
  expect([peer.heard.length < FEW + 3, peer.link.isPaused]).toEqual([true, true]);
  await until("all were worked on", () => peer.heard.length === FEW + 3);
  expect(peer.heard).toEqual(Array.from({ length: FEW + 3 }, (_, number) => number));
  await until("the link is read again", () => !peer.link.isPaused);
});

test("a few messages of a peer wait for nothing, whatever they take", () => {
  const peer = start();
  hear(peer, FEW - 1);
  expect([peer.heard.length, peer.link.isPaused]).toEqual([FEW - 1, false]);
});

test("two peers whose messages wait take turns", async () => {
  const [first, second] = [start(), start()];
  hear(first, FEW + 50);
  hear(second, FEW + 50);
  await until("the second has had a turn", () => second.heard.length > FEW + 1);
  expect(first.heard.length).toBeLessThan(FEW + 50);
  await until("all were worked on", () => first.heard.length + second.heard.length === 2 * (FEW + 50));
});

test("what waits for a turn is dropped where its link is lost", async () => {
  const peer = start();
  hear(peer, FEW + 3);
  const { length } = peer.heard;
  peer.trunk.end();
  await until("nothing waits any more", () => !peer.link.isPaused);
  expect(peer.heard.length).toBe(length);
});

const FEW = 64;

/** From so many messages on, each takes longer than a turn may. */
function start() {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const heard: number[] = [];
  const work = workByTurns(trunk, (frame) => {
    heard.push(Number(String(frame)));
    const began = performance.now();
    while (heard.length >= FEW && performance.now() - began < 6);
  });
  return { link, trunk, heard, work };
}

function hear({ work }: ReturnType<typeof start>, count: number): void {
  for (let number = 0; number < count; number += 1) work(Buffer.from(String(number)));
}
