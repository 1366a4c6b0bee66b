import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeEvent } from "../../../api/fake-feed.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { until } from "../../../rig/until.ts";
import { runCommandLine } from "../../command-line.ts";
import { startPublishingDaemon } from "./publishing-daemon.ts";

const ENTRY = join(import.meta.dir, "../../../../src/main.ts");

test("`events publish FILE` exits with 0 where all were accepted", async () => {
  using daemon = startPublishingDaemon();
  const file = join(daemon.home, "events.jsonl");
  await Bun.write(file, `${line(1)}\n${line(2)}\n`);
  expect(await publish(daemon.home, file)).toEqual({ code: 0, output: "2 accepted, 0 rejected\n", complaint: "" });
  expect(daemon.taken()).toEqual([1, 2]);
});

test("rejects are named on stderr by line, without what a terminal would obey, and the exit code is 1", async () => {
  using daemon = startPublishingDaemon();
  const file = join(daemon.home, "events.jsonl");
  await Bun.write(file, `${line(1)}\n\n5\n{"a":\u001b[31m}\n`);
  const { code, output, complaint } = await publish(daemon.home, file);
  expect([code, output]).toEqual([1, "1 accepted, 2 rejected\n"]);
  expect(complaint).toMatch(/^line 3: .+\nline 4: it is no JSON: .+\n$/);
  expect(complaint).not.toContain("\u001b");
});

test("--json gives one document for each line, and nothing else", async () => {
  using daemon = startPublishingDaemon();
  const file = join(daemon.home, "events.jsonl");
  await Bun.write(file, `${line(1)}\n5\n${line(2)}`);
  const { code, output, complaint } = await publish(daemon.home, file, "--json");
  expect([code, complaint]).toEqual([1, ""]);
  expect(parseLines(output)).toEqual([
    { line: 1, seq: 1 },
    { line: 2, error: expect.any(String) },
    { line: 3, seq: 2 },
  ]);
});

test("standard input is published as it comes, and a loss ends the command though the input is open", async () => {
  using daemon = startPublishingDaemon();
  const run = Bun.spawn([process.execPath, ENTRY, "events", "publish", "--json", "--home", daemon.home], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  run.stdin.write(`${line(1)}\n`);
  await run.stdin.flush();
  await until("it is published", () => daemon.taken().length === 1);
  daemon.refuseNext("file-unusable", "the disk is full");
  run.stdin.write(`${line(2)}\n`);
  await run.stdin.flush();
  expect(await run.exited).toBe(1);
  expect(parseLines(await run.stdout.text())).toEqual([
    { line: 1, seq: 1 },
    { line: 2, lost: "the disk is full" },
  ]);
  expect(JSON.parse(await run.stderr.text())).toMatchObject({
    error: {
      code: "file-unusable",
      message: "events acknowledged: 1; line 2 is not, and nothing after: the disk is full",
    },
  });
});

test("without a daemon the exit code is 3, and a file that is none is refused", async () => {
  using folder = temporaryFolder();
  expect((await publish(folder.path)).code).toBe(3);
  for (const file of [join(folder.path, "none"), folder.path]) {
    const { code, complaint } = await publish(folder.path, file);
    expect([code, complaint]).toEqual([1, expect.stringContaining(file)]);
  }
});

function publish(home: string, ...words: readonly string[]) {
  return runCommandLine(["events", "publish", ...words, "--home", home]);
}

function line(n: number): string {
  return JSON.stringify(makeEvent(n));
}

function parseLines(text: string): readonly unknown[] {
  return text
    .trim()
    .split("\n")
    .map((each) => JSON.parse(each));
}
