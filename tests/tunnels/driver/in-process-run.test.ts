import { expect, test } from "bun:test";
import { noticeQuiet } from "../../../src/tunnels/driver/in-process-run.ts";

test("an in-process run tells once for each time that traffic has come to rest", () => {
  let told = 0;
  const note = noticeQuiet(() => {
    told += 1;
  });
  const after = [0, 0, 10, 20, 20, 20, 30, 30].map((carried) => {
    note(carried);
    return told;
  });
  expect(after).toEqual([0, 0, 0, 0, 1, 1, 1, 2]);
});
