import { afterEach, expect, mock, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import type { DaemonOptions } from "../../src/daemon/compose-parts.ts";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import * as trimming from "../../src/platform/memory/memory-trim.ts";
import * as notifying from "../../src/platform/service/notify.ts";
import { ask } from "../rig/line-client.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

afterEach(() => mock.restore());

test("the service manager is told when the daemon serves, with its process and port, and when it stops", async () => {
  using home = makeHome();
  const told = spyOn(notifying, "notifyService").mockReturnValue(true);
  const daemon = await startDaemon(home.options);
  const { port } = home;
  const ready = `READY=1\nMAINPID=${process.pid}\nSTATUS=serving 127.0.0.1:${port()}`;
  expect(told.mock.calls).toEqual([[ready, home.options.environment]]);
  await daemon.stop("cli-stop");
  expect(told.mock.calls.slice(1)).toEqual([["STOPPING=1", home.options.environment]]);
});

test("the state file goes from starting over running and stopping to stopped", async () => {
  using home = makeHome();
  const { renameSync, readFileSync } = { ...fs };
  const states: unknown[] = [];
  spyOn(fs, "renameSync").mockImplementation((from, to) => {
    renameSync(from, to);
    if (to === home.paths.state) states.push(JSON.parse(readFileSync(to, "utf8")).state);
  });
  const daemon = await startDaemon(home.options);
  await daemon.stop("cli-stop");
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
    "starting",
    "running",
    "stopping",
    "stopped",
  ]);
});

test("the lock says who holds it, which a second daemon shows", async () => {
  using home = makeHome();
  const daemon = await startDaemon(home.options);
  const { instanceId } = JSON.parse(fs.readFileSync(home.paths.state, "utf8"));
  expect(JSON.parse(fs.readFileSync(home.paths.lock, "utf8"))).toEqual({
    pid: process.pid,
    instanceId,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    version: "9.8.7",
  });
  await daemon.stop("cli-stop");
});

test("whatever is asked of the daemon puts off the moment when its memory is given back", async () => {
  using home = makeHome();
  const trim = { touch: mock(), afterLook: mock(), stop: mock() };
  spyOn(trimming, "startIdleTrim").mockReturnValue(trim);
  const daemon = await startDaemon(home.options);
  trim.touch.mockClear();
  expect((await ask(home.port(), "whoami:")).error).toBeNull();
  expect(trim.touch).toHaveBeenCalled();
  trim.touch.mockClear();
  const answer = await fetch("http://localhost/v1/identity", { unix: home.paths.control });
  expect(answer.status).toBe(200);
  expect(trim.touch).toHaveBeenCalled();
  await daemon.stop("cli-stop");
  expect(trim.stop).toHaveBeenCalledTimes(1);
});

function makeHome() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  fs.mkdirSync(paths.own, { mode: 0o700 });
  fs.writeFileSync(paths.settings, "stream: { enabled: false }\n");
  const said: string[] = [];
  const options: DaemonOptions = {
    home: folder.path,
    port: 0,
    environment: { WPDAEMON_WIREPROXY: "/bin/true" },
    version: "9.8.7",
    reason: "cli-start",
    say: (line) => said.push(line),
    onDownload: () => undefined,
    onStop: () => undefined,
    onSucceeded: () => undefined,
  };
  return {
    paths,
    options,
    port: () => Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said.join("\n"))?.[1]),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
