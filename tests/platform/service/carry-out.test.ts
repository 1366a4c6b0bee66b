import { expect, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carryOut, showSteps } from "../../../src/platform/service/carry-out.ts";
import type { Step } from "../../../src/platform/service/service.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("the steps run in order, up to the first that fails, whose words come back in one line", async () => {
  using folder = temporaryFolder();
  const [first, last] = [join(folder.path, "first"), join(folder.path, "last")];
  const failing = shell(`test -e ${first} && printf 'no\n  bus\n' >&2; exit 3`);
  const refusal = await carryOut([shell(`touch ${first}`), failing, shell(`touch ${last}`)], process.env);
  expect(refusal).toEqual({ step: failing, reason: "no bus" });
  expect(existsSync(last)).toBe(false);
});

test("a step that may fail stops nothing", async () => {
  using folder = temporaryFolder();
  const last = join(folder.path, "last");
  expect(await carryOut([{ ...shell("exit 1"), mayFail: true }, shell(`touch ${last}`)], process.env)).toBeUndefined();
  expect(existsSync(last)).toBe(true);
});

test("a step with patience is tried again", async () => {
  using folder = temporaryFolder();
  const tried = join(folder.path, "tried");
  const step = shell(`test -e ${tried} || { touch ${tried}; exit 1; }`);
  expect(await carryOut([{ ...step, patience: 30_000 }], process.env)).toBeUndefined();
});

test("a failure without words names the exit code", async () => {
  expect((await carryOut([shell("exit 5")], process.env))?.reason).toBe("sh ended with 5");
});

test("the program is looked for on the environment's PATH, and gets that environment", async () => {
  using folder = temporaryFolder();
  const step: Step = { words: ["wpdaemon-test-manager"] };
  const environment = { PATH: folder.path, MOOD: "sour" };
  expect(await carryOut([step], environment)).toEqual({
    step,
    reason: "wpdaemon-test-manager is not installed here",
  });
  writeFileSync(join(folder.path, "wpdaemon-test-manager"), "#!/bin/sh\necho $MOOD\nexit 1\n");
  chmodSync(join(folder.path, "wpdaemon-test-manager"), 0o755);
  expect((await carryOut([step], environment))?.reason).toBe("sour");
});

test("the steps are shown as a shell takes them", () => {
  expect(showSteps([{ words: ["a", "b c"] }, { words: ["d"] }])).toBe("a 'b c' && d");
});

function shell(script: string): Step {
  return { words: ["sh", "-c", script] };
}
