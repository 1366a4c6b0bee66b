import { expect, test } from "bun:test";
import { soakSpawns } from "../soak/spawns.ts";

test("200 spawns leave no descriptor and no memory behind", async () => {
  const report = await soakSpawns(200);
  expect(report.descriptors).toBeLessThanOrEqual(0);
  expect(report.late - report.early).toBeLessThan(4);
}, 60_000);
