import { expect, spyOn, test } from "bun:test";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { daemonize } from "../../../src/cli/daemon/daemonize.ts";
import { makePrivateFolder } from "../../../src/platform/files/files.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { startStubDaemon } from "./stub-daemon.ts";

const FAKE = [process.execPath, join(import.meta.dir, "fake-daemon.ts")] as const;

test("a daemon is started with home and port, and reported once it is ready", async () => {
  using folder = temporaryFolder();
  const { daemon, started, log } = await daemonize(folder.path, 4321, [...FAKE]);
  try {
    expect(started).toBe(true);
    expect(daemon.state).toBe("running");
    expect(daemon.version).toBe(`--daemon --home ${folder.path} -p 4321`);
    expect(readFileSync(log, "utf8")).toBe("fake daemon\n");
    const again = await daemonize(folder.path, undefined, ["/nonexistent"]);
    expect(again).toMatchObject({ started: false, daemon: { pid: daemon.pid } });
  } finally {
    process.kill(daemon.pid, "SIGKILL");
  }
});

test("one that ends at once is told with its own words, not with those of a former one", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  makePrivateFolder(paths.own);
  appendFileSync(paths.log, "of a former one\n");
  const failure = await rejectionOf(
    daemonize(folder.path, undefined, ["sh", "-c", "printf 'wpdaemon: the port is taken\\n  free it\\n' >&2; exit 1"]),
  );
  expect([failure.code, failure.message]).toEqual([
    "start-failed",
    "the daemon ended at once: the port is taken\n  free it",
  ]);
  expect(failure.hint).toContain(paths.log);
});

test("no second daemon is started for a home", async () => {
  using stub = startStubDaemon({});
  const { started, daemon } = await daemonize(stub.home, undefined, ["/nonexistent"]);
  expect([started, daemon.pid]).toEqual([false, process.pid]);
});

test("where another daemon holds the lock, and nobody answers, that is told and not that ours was slow", async () => {
  using folder = temporaryFolder();
  let now = 0;
  const clock = spyOn(performance, "now").mockImplementation(() => {
    now += 1_000;
    return now;
  });
  try {
    const failure = await rejectionOf(daemonize(folder.path, undefined, ["sh", "-c", "exit 75"]));
    expect([failure.code, failure.message]).toEqual([
      "lock-held",
      `another wpdaemon serves ${folder.path}, and nobody answers on ${pathsBelow(folder.path).control}`,
    ]);
  } finally {
    clock.mockRestore();
  }
});
