import { expect, test } from "bun:test";
import { join } from "node:path";
import { affordableConnections } from "../../../src/platform/process/descriptor-limit.ts";

const MODULE = join(import.meta.dir, "../../../src/platform/process/descriptor-limit.ts");

test.each([
  [1_000, 400],
  [15_000, 4_096],
  [30, 16],
])("of %d descriptors a door for 4,096 may have two fifths: %d", (limit, expected) => {
  const print = `import { affordableConnections } from "${MODULE}"; console.log(affordableConnections(4096, 0.4));`;
  const limited = [`ulimit -n ${limit} && exec "$0" -e '${print}'`, process.execPath];
  const child = Bun.spawnSync(["sh", "-c", ...limited]);
  expect(String(child.stdout)).toBe(`${expected}\n`);
});

test("where nothing is short, it is what the door would hold", () => {
  expect(affordableConnections(20, 0.5)).toBe(20);
});
