import { expect, test } from "bun:test";
import { createDoorShare } from "../../../src/net/lines/door-share.ts";
import { until } from "../../rig/until.ts";

test("a turn of the loop is spent after some milliseconds, and the next one is not", async () => {
  const share = createDoorShare();
  expect(share.isSpent()).toBe(false);
  await until("it is spent", () => {
    const stop = performance.now() + 20;
    while (performance.now() < stop) share.isSpent();
    return share.isSpent();
  });
  await share.takeTurn();
  expect(share.isSpent()).toBe(false);
});

test("who makes the door keep more than 8 MiB has it make room, and who gives back does not", () => {
  const calls: boolean[] = [];
  const share = createDoorShare(() => void calls.push(share.isOverfull));
  share.keep(8 * 1024 * 1024);
  expect([calls, share.isOverfull]).toEqual([[], false]);
  share.keep(1);
  share.keep(-1);
  expect([calls, share.isOverfull]).toEqual([[true], false]);
});
