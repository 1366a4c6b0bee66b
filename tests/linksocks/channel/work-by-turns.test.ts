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
  for (const word of ["one", "two", "three", "four"]) peer.hear(word);
  expect([peer.heard, peer.link.isPaused]).toEqual([["one"], true]);
  await until("all were worked on", () => peer.heard.length === 4);
  expect(peer.heard).toEqual(["one", "two", "three", "four"]);
  await until("the link is read again", () => !peer.link.isPaused);
});

test("two peers whose messages wait take turns", async () => {
  const all: string[] = [];
  const [first, second] = [start(all), start(all)];
  for (let count = 1; count <= 3; count += 1) first.hear(`first ${count}`);
  for (let count = 1; count <= 3; count += 1) second.hear(`second ${count}`);
  await until("all were worked on", () => all.length === 6);
  expect(all.indexOf("second 1")).toBeLessThan(all.indexOf("first 3"));
});

test("what waits for a turn is dropped where its link is lost", async () => {
  const peer = start();
  for (const word of ["one", "two", "three"]) peer.hear(word);
  peer.trunk.end();
  await until("nothing waits any more", () => !peer.link.isPaused);
  expect(peer.heard).toEqual(["one"]);
});

/** Each message takes longer than a turn may. */
function start(heard: string[] = []) {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const work = workByTurns(trunk, (frame) => {
    heard.push(String(frame));
    const began = performance.now();
    while (performance.now() - began < 6);
  });
  return { link, trunk, heard, hear: (word: string) => work(Buffer.from(word)) };
}
