import { expect, test } from "bun:test";
import { appendFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlRig, openControl } from "../control-rig.ts";
import { openReader } from "../stream-reader.ts";

const NOISE = "2026/01/02 03:04:05 Health metric request: /metrics";

test("the end of a log comes as a document", async () => {
  using control = openWithLog();
  writeFileSync(control.log, `one\n${NOISE}\ntwo\nthree`);
  const look = async (query: string) => (await control.ask("GET", `/v1/logs?${query}`)).json();
  expect(await look("name=us-east")).toEqual({ ok: true, data: { path: control.log, lines: ["one", "two", "three"] } });
  expect(await look("name=us-east&lines=2")).toMatchObject({ data: { lines: ["two", "three"] } });
  expect(await look("name=us-east&lines=0")).toMatchObject({ data: { lines: [] } });
});

test("a log that is not there is 404; a name or a number that is none is 400", async () => {
  using control = openWithLog();
  const statusOf = async (query: string) => (await control.ask("GET", `/v1/logs?${query}`)).status;
  expect(await statusOf("name=us-east")).toBe(404);
  expect(await statusOf("name=other")).toBe(404);
  for (const query of ["", "name=", "lines=5", "name=x&lines=10001", "name=x&lines=1e3", "name=x&lines=-1"]) {
    expect(await statusOf(query)).toBe(400);
  }
});

test("a followed log goes on with what comes, whole lines without noise", async () => {
  using control = openWithLog();
  writeFileSync(control.log, "one\ntwo\nunfin");
  await using reader = await openReader(control.path, "/v1/logs?name=us-east&lines=1&follow=1");
  expect(reader.head).toContain("content-type: text/plain; charset=utf-8");
  await reader.sees("two\n");
  appendFileSync(control.log, `ished\n${NOISE}\nnext\n`);
  await reader.sees("two\nunfinished\nnext\n");
});

test("a followed log may be cut in place, or rotated", async () => {
  using control = openWithLog();
  writeFileSync(control.log, "before the cut\n");
  await using reader = await openReader(control.path, "/v1/logs?name=us-east&follow=1");
  truncateSync(control.log);
  appendFileSync(control.log, "cut\n");
  await reader.sees("before the cut\ncut\n");
  appendFileSync(control.log, "last of the old\n");
  renameSync(control.log, `${control.log}.1`);
  writeFileSync(control.log, "first of the new\n");
  await reader.sees("before the cut\ncut\nlast of the old\nfirst of the new\n");
});

test("a followed log goes on in the next run's", async () => {
  using control = openWithLog();
  writeFileSync(control.log, "first run\n");
  await using reader = await openReader(control.path, "/v1/logs?name=us-east&follow=1");
  appendFileSync(control.log, "its end\n");
  control.log = join(control.folder, "2_us-east.log");
  writeFileSync(control.log, "second run\n");
  await reader.sees("first run\nits end\nsecond run\n");
});

test("a followed log whose name leads in a circle goes on, and in its next file once there is one", async () => {
  using control = openWithLog();
  writeFileSync(control.log, "before\n");
  await using reader = await openReader(control.path, "/v1/logs?name=us-east&follow=1");
  await reader.sees("before\n");
  renameSync(control.log, `${control.log}.1`);
  symlinkSync(control.log, control.log);
  appendFileSync(`${control.log}.1`, "still the old\n");
  await reader.sees("before\nstill the old\n");
  unlinkSync(control.log);
  writeFileSync(control.log, "the new\n");
  await reader.sees("before\nstill the old\nthe new\n");
});

function openWithLog(): ControlRig & { log: string } {
  const state = { log: "" };
  const control = openControl({ logFile: async (name) => (name === "us-east" ? state.log : undefined) });
  state.log = join(control.folder, "1_us-east.log");
  return Object.defineProperty({ ...control, log: "" }, "log", {
    get: () => state.log,
    set(path: string) {
      state.log = path;
    },
  });
}
