import { expect, test } from "bun:test";
import { createPortFinder } from "../../../src/platform/network/daemon-ports.ts";

test("where the processes cannot be listed, the ports known so far and the usual ones count as a daemon's", () => {
  let time = 0;
  let look = () => [40_000];
  const find = createPortFinder(
    () => look(),
    () => time,
  );
  expect([...find()]).toEqual([40_000]);
  look = () => {
    throw new Error("no descriptor is free");
  };
  time += 1_000;
  expect([...find()]).toEqual([40_000, 23_888, 8_765]);
  time += 999;
  look = () => [];
  expect([...find()]).toEqual([40_000, 23_888, 8_765]);
  time += 1;
  expect([...find()]).toEqual([]);
});
