import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { findLog, findNew } from "../../../../src/cli/verbs/tunnels/logs.ts";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { runCommandLine } from "../../command-line.ts";
import { startStubDaemon } from "../../daemon/stub-daemon.ts";

test("a tunnel's log is its newest run's, and never that of one with a longer name", () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.logs);
  const files = [
    "9_us.log",
    "100_us.log",
    "100_us-2.log",
    "100_us-10.log",
    "200_us-east.log",
    "300_bus.log",
    "audit.log",
  ];
  for (const file of files) writeFileSync(`${paths.logs}/${file}`, "");
  expect(findLog(paths, "us")).toBe(`${paths.logs}/100_us-10.log`);
  expect(findLog(paths, "us-east")).toBe(`${paths.logs}/200_us-east.log`);
  expect(findLog(paths, "u")).toBeUndefined();
  expect([findLog(paths, "audit"), findLog(paths, "daemon")]).toEqual([paths.auditLog, paths.log]);
});

test("the last lines are shown without a daemon; --follow needs one", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.logs);
  writeFileSync(`${paths.logs}/5_us.log`, "one\ntwo\nthree\n");
  const where = ["--home", folder.path];
  expect(await runCommandLine(["logs", "us.conf", "-n", "2", ...where])).toEqual({
    code: 0,
    output: "two\nthree\n",
    complaint: "",
  });
  expect((await runCommandLine(["logs", "us", "--follow", ...where])).code).toBe(3);
  expect(await runCommandLine(["logs", "eu", ...where])).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("there is no log of eu"),
  });
  expect((await runCommandLine(["logs", "audti", ...where])).complaint).toContain('did you mean "audit"?');
  expect((await runCommandLine(["logs", "us", "-n", "many", ...where])).code).toBe(2);
});

test("--follow gives what the daemon sends, and ends with a daemon that has nothing more to say", async () => {
  using stub = startStubDaemon({ routes: { "GET /v1/logs": () => new Response("one\ntwo\n") } });
  const { code, output } = await runCommandLine(["logs", "us", "-f", "-n", "3", "--home", stub.home]);
  expect([code, output]).toEqual([0, "one\ntwo\n"]);
  expect(stub.requests[0]).toEqual(["GET /v1/logs?name=us&lines=3&follow=1"]);
});

test("--follow asks a daemon that comes next for no more than the last thousand lines, however many it has shown", async () => {
  const lines = Array.from({ length: 1_200 }, (_, index) => `line ${index}\n`).join("");
  let answers = 0;
  const answer = () => new Response(answers++ === 0 ? lines : "line 1199\n");
  using stub = startStubDaemon({ routes: { "GET /v1/logs": answer } });
  const { code, output } = await runCommandLine(["logs", "us", "-f", "-n", "1200", "--home", stub.home]);
  expect([code, output === lines]).toEqual([0, true]);
  expect(stub.requests.flat()[1]).toBe("GET /v1/logs?name=us&lines=1000&follow=1");
});

test("--follow that ends with a daemon that has nothing more to say leaves no stream open, which would keep it", async () => {
  let streams = 0;
  const answer = () => {
    streams += 1;
    return new Response(streams <= 4 ? "one\n" : new ReadableStream());
  };
  using stub = startStubDaemon({ routes: { "GET /v1/logs": answer } });
  const { code, output } = await runCommandLine(["logs", "us", "-f", "--home", stub.home]);
  expect([code, output, streams]).toEqual([0, "one\n", 4]);
});

test.each([
  [["a", "b"], ["a", "b", "c"], ["c"]],
  [["a", "b"], ["b"], []],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [[], ["a"], ["a"]],
  [["a", "a"], ["a", "a", "a"], []],
  [
    ["x", "a"],
    ["x", "a", "b", "a", "c"],
    ["b", "a", "c"],
  ],
  [["a"], [], []],
])("after %j, what is new in a log that ends with %j is %j", (seen, tail, found) => {
  expect(findNew(seen, tail)).toEqual(found);
});

test("--previous shows the run before, --errors and --since what is asked for of a log", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.logs);
  writeFileSync(`${paths.logs}/5_us.log`, "the run before\n");
  writeFileSync(`${paths.logs}/6_us.log`, "2001/01/01 00:00:00 it failed\n2999/01/01 00:00:00 it is well\n");
  const show = (...words: readonly string[]) => runCommandLine(["logs", ...words, "--home", folder.path]);
  expect((await show("us", "--previous")).output).toBe("the run before\n");
  expect((await show("us", "--errors")).output).toBe("2001/01/01 00:00:00 it failed\n");
  expect((await show("us", "--since", "1h")).output).toBe("2999/01/01 00:00:00 it is well\n");
  expect((await show("audit", "--previous")).complaint).toContain("there is no log before the last one of audit");
  expect((await show("us", "--since", "soon")).code).toBe(2);
  expect((await show("us", "--follow", "--previous")).code).toBe(2);
});
