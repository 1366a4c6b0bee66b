import { expect, test } from "bun:test";
import { soakSpawns } from "../soak/spawns.ts";

test("200 spawns leave no descriptor and no memory behind", async () => {
  const report = await soakSpawns(200);
  expect(report.descriptors).toBeLessThanOrEqual(0);
  // After so few the heap is up to 6 MB larger or smaller at one look than at another; make soak sees what is finer.
  expect(report.late - report.early).toBeLessThan(10);
});
