import { expect, test } from "bun:test";
import { join } from "node:path";
import { ownCommand, VERSION } from "../../../src/platform/process/self.ts";

test("the version is the one of package.json", async () => {
  const { version } = await Bun.file(join(import.meta.dir, "../../../package.json")).json();
  expect(VERSION).toBe(version);
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
});

test("what is not compiled starts again as Bun with its entry file", () => {
  expect(ownCommand()).toEqual([process.execPath, Bun.main]);
});
