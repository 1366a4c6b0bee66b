import { expect, test } from "bun:test";
import { createBoundedLog } from "../../src/linksocks/bounded-log.ts";

test("what a server has to tell is logged, cut where it is long", () => {
  const { tell, lines } = createRig();
  tell("info", "hello");
  tell("error", "x".repeat(8 * 1024 * 1024));
  expect(lines).toEqual(["info hello", `error ${"x".repeat(1_024)}…`]);
});

test("a server that tells too much is heard again after a while, with a word on what was left out", () => {
  const rig = createRig();
  for (let count = 0; count < 1_000; count += 1) rig.tell("info", "x".repeat(1_000));
  expect(rig.lines.length).toBe(65);
  rig.pass(1_000);
  rig.tell("info", "once more");
  expect(rig.lines.slice(65)).toEqual([
    "warn 935 messages of the server were left out, for there are too many",
    "info once more",
  ]);
  rig.pass(3_600_000);
  rig.lines.length = 0;
  for (let count = 0; count < 1_000; count += 1) rig.tell("info", "x".repeat(1_000));
  expect(rig.lines.length).toBe(65);
});

function createRig() {
  const lines: string[] = [];
  let time = 0;
  const tell = createBoundedLog(
    (level, text) => void lines.push(`${level} ${text}`),
    "messages of the server",
    () => time,
  );
  return {
    lines,
    tell,
    pass(milliseconds: number) {
      time += milliseconds;
    },
  };
}
