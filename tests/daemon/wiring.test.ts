import { afterEach, expect, mock, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { lockHome } from "../../src/daemon/home-lock.ts";
import * as listing from "../../src/daemon/part.ts";
import * as eventing from "../../src/daemon/parts/events.ts";
import * as beating from "../../src/daemon/parts/heartbeat.ts";
import * as tunnelling from "../../src/daemon/parts/tunnels.ts";
import * as taking from "../../src/daemon/succession/take-over.ts";
import * as trimming from "../../src/platform/memory/memory-trim.ts";
import { closeSockets } from "../../src/platform/network/lend-listener.ts";
import * as notifying from "../../src/platform/service/notify.ts";
import { ask } from "../rig/line-client.ts";
import { makeDaemonHome } from "./daemon-home.ts";

afterEach(() => mock.restore());

test("the service manager is told when the daemon serves, with its process and port, and when it stops", async () => {
  using home = makeDaemonHome();
  const told = spyOn(notifying, "notifyService").mockReturnValue(true);
  const daemon = await startDaemon(home.options);
  const { port } = home;
  const ready = `READY=1\nMAINPID=${process.pid}\nSTATUS=serving 127.0.0.1:${port()}`;
  expect(told.mock.calls).toEqual([[ready, home.options.environment]]);
  await daemon.stop("cli-stop");
  expect(told.mock.calls.slice(1)).toEqual([["STOPPING=1", home.options.environment]]);
});

test("the state file goes from starting over running and stopping to stopped", async () => {
  using home = makeDaemonHome();
  const { renameSync, readFileSync } = { ...fs };
  const states: unknown[] = [];
  spyOn(fs, "renameSync").mockImplementation((from, to) => {
    renameSync(from, to);
    if (to === home.paths.state) states.push(JSON.parse(readFileSync(to, "utf8")).state);
  });
  const daemon = await startDaemon(home.options);
  expect(home.state().daemonLogPath).toBe(home.paths.log);
  await daemon.stop("cli-stop");
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
    "starting",
    "running",
    "stopping",
    "stopped",
  ]);
});

test("the lock says who holds it, which a second daemon shows", async () => {
  using home = makeDaemonHome();
  const daemon = await startDaemon(home.options);
  const { instanceId } = home.state();
  expect(JSON.parse(fs.readFileSync(home.paths.lock, "utf8"))).toEqual({
    pid: process.pid,
    instanceId,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    version: "9.8.7",
  });
  await daemon.stop("cli-stop");
});

test("the lock says again who holds it, once a successor that has named itself there has failed", async () => {
  using home = makeDaemonHome();
  const { createPartList } = listing;
  let parts: ReturnType<typeof createPartList> | undefined;
  spyOn(listing, "createPartList").mockImplementation((...given) => {
    parts = createPartList(...given);
    return parts;
  });
  const daemon = await startDaemon(home.options);
  const lent = parts?.lend() ?? {};
  await parts?.freeze();
  fs.writeFileSync(home.paths.lock, JSON.stringify({ pid: 1, instanceId: "a successor" }));
  await parts?.resume(lent);
  const { instanceId } = home.state();
  expect(JSON.parse(fs.readFileSync(home.paths.lock, "utf8"))).toMatchObject({ pid: process.pid, instanceId });
  closeSockets(Object.values(lent).flat());
  await daemon.stop("cli-stop");
});

test("the daemon before is told that it may end, once its work was claimed and before the control API is taken over", async () => {
  using home = makeDaemonHome();
  const steps: string[] = [];
  const lock = await lockHome(home.paths);
  const step = (name: string) => async () => void steps.push(`${name}, ${fs.existsSync(home.paths.control)}`);
  const takeOver = { sockets: {}, lock, isInPlace: false, claim: step("claim"), confirm: step("confirm") };
  spyOn(taking, "findTakeOver").mockReturnValue(takeOver);
  const daemon = await startDaemon(home.options);
  expect(steps).toEqual(["claim, false", "confirm, false"]);
  expect(fs.existsSync(home.paths.control)).toBe(true);
  await daemon.stop("cli-stop");
});

test("whatever is asked of the daemon puts off the moment when its memory is given back", async () => {
  using home = makeDaemonHome();
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

test("what the parts do themselves puts off giving memory back where it matters, and counts as a look elsewhere", async () => {
  using home = makeDaemonHome();
  const trim = { touch: mock(), afterLook: mock(), stop: mock() };
  spyOn(trimming, "startIdleTrim").mockReturnValue(trim);
  const tunnels = spyOn(tunnelling, "createTunnelsPart");
  const events = spyOn(eventing, "createEventParts");
  const heartbeat = spyOn(beating, "createHeartbeat");
  const daemon = await startDaemon(home.options);
  const calls = [
    tunnels.mock.calls[0]?.[0].onQuiet,
    events.mock.calls[0]?.[0].onActivity,
    tunnels.mock.calls[0]?.[0].onLook,
    heartbeat.mock.calls[0]?.[0].onBeat,
  ].map((call) => {
    trim.touch.mockClear();
    trim.afterLook.mockClear();
    call?.();
    return [trim.touch.mock.calls.length, trim.afterLook.mock.calls.length];
  });
  await daemon.stop("cli-stop");
  expect(calls).toEqual([
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
});
