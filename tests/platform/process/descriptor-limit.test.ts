import { expect, test } from "bun:test";
import { join } from "node:path";
import { affordableConnections, takeTargets } from "../../../src/platform/process/descriptor-limit.ts";

const MODULE = join(import.meta.dir, "../../../src/platform/process/descriptor-limit.ts");
const IN_A_DAEMON = ["line", "stream", "control", "socks", "targets"];
const IN_A_SERVER = ["links", "socks", "targets"];

test.each([
  [1_000, 50],
  [15_000, 256],
  [100, 16],
])("of %d descriptors the control port may have a twentieth, at least 16 and at most 256: %d", (limit, expected) => {
  expect(readWith(limit, ["control"])).toEqual([expected]);
});

test.each([
  ["a daemon", IN_A_DAEMON],
  ["a LinkSocks server", IN_A_SERVER],
])("what all doors of %s may have leaves descriptors for files", (_, shares) => {
  for (const limit of [512, 1_024, 20_000]) {
    const together = readWith(limit, shares).reduce((sum, share) => sum + share, 0);
    expect(together).toBeLessThan(limit * 0.9);
  }
});

test("descriptors of the share of targets are refused where it is used up, and can be had again once they are given back", () => {
  const taken: (() => void)[] = [];
  const takeAll = () => {
    for (let next = takeTargets(1); next !== undefined; next = takeTargets(1)) taken.push(next);
  };
  takeAll();
  expect(taken.length).toBeLessThanOrEqual(affordableConnections("targets"));
  for (const giveBack of taken.splice(0, 2)) giveBack();
  expect(takeTargets(3)).toBeUndefined();
  const two = takeTargets(2);
  expect(two).toBeDefined();
  expect(takeTargets(1)).toBeUndefined();
  two?.();
  for (const giveBack of taken) giveBack();
});

/** What a process with so many descriptors gives to each. */
function readWith(limit: number, shares: readonly string[]): readonly number[] {
  const print = `import { affordableConnections } from "${MODULE}"; console.log(JSON.stringify(${JSON.stringify(shares)}.map(affordableConnections)))`;
  const limited = [`ulimit -n ${limit} && exec "$0" -e '${print}'`, process.execPath];
  return JSON.parse(String(Bun.spawnSync(["sh", "-c", ...limited]).stdout));
}
