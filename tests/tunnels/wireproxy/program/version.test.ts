import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVersionProbe, type VersionRun } from "../../../../src/tunnels/wireproxy/program/version.ts";
import { isAlive } from "../../../rig/processes.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { until } from "../../../rig/until.ts";

const FAILED = "Unknown (failed to run)";

let folder = temporaryFolder();
let path = "";

beforeEach(() => {
  folder[Symbol.dispose]();
  folder = temporaryFolder();
  path = join(folder.path, "wireproxy with a blank; and $signs");
});
afterEach(() => folder[Symbol.dispose]());

describe("a program that is really run", () => {
  test("a program gives its one line, asked with -v and without a shell", async () => {
    writeScript('[ "$*" = -v ] && echo "wireproxy, version 1.1.3"');
    expect(await createVersionProbe()(path)).toBe("wireproxy, version 1.1.3");
  });

  test("a program may answer on stderr, in several lines, with control characters", async () => {
    writeScript("printf 'wireproxy,\\n\\033[1mversion\\t1.1.3\\n\\n' >&2");
    expect(await createVersionProbe()(path)).toBe("wireproxy, [1mversion 1.1.3");
  });

  test("a program is cut at 200 characters, none of them in half", async () => {
    writeScript(`printf '${"😀".repeat(300)}'`);
    expect(await createVersionProbe()(path)).toBe("😀".repeat(200));
  });

  test.each([
    ["fails", "echo oops; exit 3"],
    ["says nothing", "exit 0"],
    ["kills itself", "kill -9 $$"],
    ["talks without end", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"],
  ])("a program that %s is %p", async (_, body) => {
    writeScript(body);
    expect(await createVersionProbe()(path)).toBe(FAILED);
  });

  test("a program that is no program, or not executable, is unknown", async () => {
    writeFileSync(path, "\x7fELF nonsense", { mode: 0o755 });
    expect(await createVersionProbe()(path)).toBe(FAILED);
    chmodSync(path, 0o644);
    expect(await createVersionProbe()(path)).toBe(FAILED);
    expect(await createVersionProbe()(join(folder.path, "absent"))).toBe("Unknown (binary not found)");
    expect(await createVersionProbe()(join(path, "below-a-file"))).toBe("Unknown (binary not found)");
  });

  test("a program that hangs is killed, its children too", async () => {
    const pids = join(folder.path, "pids");
    writeScript(`sleep 30 & echo $$ $! > '${pids}'; wait`);
    expect(await createVersionProbe()(path)).toBe(FAILED);
    for (const pid of readFileSync(pids, "utf8").trim().split(" ")) {
      await until(`process ${pid} has ended`, () => !isAlive(Number(pid)));
    }
  });
});

describe("the memory", () => {
  test("a program is run once, also when two ask at once, and again when its file changes", async () => {
    writeScript("one");
    const { probe, runs } = countingProbe(["first", "second"]);
    expect(await Promise.all([probe(path), probe(path)])).toEqual(["first", "first"]);
    expect(await probe(path)).toBe("first");
    expect(runs()).toBe(1);
    writeScript("another length");
    expect(await probe(path)).toBe("second");
    expect(runs()).toBe(2);
  });

  test("a failure is not remembered", async () => {
    writeScript("one");
    const { probe, runs } = countingProbe([undefined, "better"]);
    expect(await probe(path)).toBe(FAILED);
    expect(await probe(path)).toBe("better");
    expect(runs()).toBe(2);
  });
});

function countingProbe(answers: readonly (string | undefined)[]) {
  let runs = 0;
  const probe = createVersionProbe(async (): Promise<VersionRun> => {
    const output = answers[runs];
    runs += 1;
    return output === undefined ? { exitCode: 1, output: "" } : { exitCode: 0, output };
  });
  return { probe, runs: () => runs };
}

function writeScript(body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}
