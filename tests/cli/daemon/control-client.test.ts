import { expect, test } from "bun:test";
import { readFileSync, truncateSync } from "node:fs";
import { createControlClient } from "../../../src/cli/daemon/control-client.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { US_EAST } from "../../rig/tunnel-entry.ts";
import { IDLE, refuse, startStubDaemon, writeRecord } from "./stub-daemon.ts";

const SINCE = "2026-01-02T03:04:05.000Z";
const PUBLISHED = { accepted: 1, results: [{ seq: 3 }, { index: 1, error: "no object" }] };
const RECORD = { schema: 2, instanceId: "i", stateSince: SINCE };

test("every call is the request that the daemon has for it, and its answer comes back", async () => {
  using stub = startStubDaemon({
    tunnels: [US_EAST],
    routes: {
      "GET /v1/tunnels/us-east": () => US_EAST,
      "POST /v1/tunnels/us-east/up": () => US_EAST,
      "POST /v1/tunnels/eu-west/down": () => IDLE,
      "POST /v1/tunnels/us-east/restart": () => US_EAST,
      "POST /v1/stop": () => ({}),
      "POST /v1/handover": () => ({ pid: 7, version: "3.0.0" }),
      "POST /session-started": () => ({ status: "ok" }),
      "POST /v1/events": () => PUBLISHED,
    },
  });
  const control = createControlClient(stub.paths);
  expect(await control.identity()).toMatchObject({ pid: process.pid, state: "running" });
  expect(await control.status()).toEqual({ daemon: stub.daemon, tunnels: [US_EAST] });
  expect(await control.tunnel("us-east")).toEqual(US_EAST);
  expect(await control.up("us-east")).toEqual(US_EAST);
  expect(await control.down("eu-west")).toEqual(IDLE);
  expect(await control.restartTunnel("us-east")).toEqual(US_EAST);
  await control.stop();
  expect(await control.handOver("/bin/new")).toEqual({ pid: 7, version: "3.0.0" });
  await control.registerSession("s", { hostPid: 5 });
  expect(await control.publish(['{"type":"a"}', " 5 "], "k&y")).toEqual(PUBLISHED);
  expect(stub.requests).toEqual([
    ["GET /v1/identity"],
    ["GET /v1/status"],
    ["GET /v1/tunnels/us-east"],
    ["POST /v1/tunnels/us-east/up"],
    ["POST /v1/tunnels/eu-west/down"],
    ["POST /v1/tunnels/us-east/restart"],
    ["POST /v1/stop"],
    ["POST /v1/handover", { program: "/bin/new" }],
    ["POST /session-started", { sessionId: "s", metadata: { hostPid: 5 } }],
    ["POST /v1/events?key=k%26y", [{ type: "a" }, 5]],
  ]);
});

test("fewer or more results than events make no sense", async () => {
  using stub = startStubDaemon({ routes: { "POST /v1/events": () => PUBLISHED } });
  const control = createControlClient(stub.paths);
  for (const events of [["1"], ["1", "2", "3"]]) {
    expect((await rejectionOf(control.publish(events, "k"))).message).toContain("no wpdaemon of this version");
  }
});

test("a tunnel's name cannot become another route", async () => {
  using stub = startStubDaemon({});
  await rejectionOf(createControlClient(stub.paths).tunnel("a/../../stop?x#y"));
  expect(stub.requests).toEqual([["GET /v1/tunnels/a%2F..%2F..%2Fstop%3Fx%23y"]]);
});

test("a refusal is a Failure with the daemon's code, words and hint; a code of a later version is internal", async () => {
  using stub = startStubDaemon({
    routes: {
      "POST /v1/tunnels/a/up": () => refuse("config-invalid", "a.conf:3: no key", "mend it"),
      "POST /v1/tunnels/b/up": () => refuse("of-tomorrow", "no"),
    },
  });
  const control = createControlClient(stub.paths);
  const refusals = await Promise.all([control.up("a"), control.up("b")].map(rejectionOf));
  expect(refusals.map(({ code, message, hint }) => [code, message, hint])).toEqual([
    ["config-invalid", "a.conf:3: no key", "mend it"],
    ["internal", "no", undefined],
  ]);
});

test.each([
  ["no JSON", () => new Response("hello")],
  ["no envelope", () => Response.json({ pid: 1 })],
  ["another shape", () => ({ pid: "one" })],
])("an answer that makes no sense is told so: %s", async (_, answer) => {
  using stub = startStubDaemon({ routes: { "GET /v1/identity": answer } });
  const failure = await rejectionOf(createControlClient(stub.paths).identity());
  expect([failure.code, failure.message]).toEqual([
    "daemon-unreachable",
    `what answers on ${stub.paths.control} is no wpdaemon of this version`,
  ]);
});

test("lines of a stream come as they are sent, whatever their pieces, and a refusal of the stream is a Failure", async () => {
  const pieces = ["one\ntw", "o\nthr\u00e9", "e"];
  using stub = startStubDaemon({
    routes: {
      "GET /v1/logs": () => new Response(new Blob(pieces).stream()),
      "GET /v1/events": () => refuse("internal", "x"),
    },
  });
  const control = createControlClient(stub.paths);
  expect(await Array.fromAsync(await control.followLog("us east", 7))).toEqual(["one", "two", "thr\u00e9e"]);
  expect(stub.requests).toEqual([["GET /v1/logs?name=us%20east&lines=7&follow=1"]]);
  expect((await rejectionOf(control.events(new AbortController().signal))).message).toBe("x");
});

test("without a state file, the failure says that no daemon was started", async () => {
  using folder = temporaryFolder();
  const failure = await rejectionOf(createControlClient(pathsBelow(folder.path)).identity());
  expect([failure.code, failure.hint]).toEqual(["daemon-not-started", "start one with: wpdaemon start"]);
});

test.each([
  [{ state: "stopped", stateReason: "signal-SIGTERM" }, `stopped (signal-SIGTERM) at ${SINCE}`],
  [{ state: "failed", stateReason: "lock-held", stateDetail: "by 7" }, `failed (lock-held) at ${SINCE}: by 7`],
  [{ state: "running", stateReason: "ready" }, "crashed (detected-dead)"],
])("the failure says how the last daemon ended: %j", async (state, end) => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const gone = { pid: process.pid, startTime: "of another", executable: process.execPath };
  writeRecord(paths, { ...RECORD, ...state, process: gone });
  const failure = await rejectionOf(createControlClient(paths).identity());
  expect([failure.code, failure.message]).toEqual([
    "daemon-not-running",
    `no daemon runs for ${folder.path}; the last one ${end}`,
  ]);
});

test("a daemon that lives but does not listen is told from one that is gone", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  writeRecord(paths, { ...RECORD, state: "running", stateReason: "ready", process: identifyProcess(process.pid) });
  const failure = await rejectionOf(createControlClient(paths).identity());
  expect([failure.code, failure.message]).toEqual([
    "daemon-unreachable",
    `the daemon (process ${process.pid}) runs, but nobody listens for commands`,
  ]);
});

test("one that dies while it still holds its socket is told as gone, and one that only hangs up as it is", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  const living = identifyProcess(process.pid);
  writeRecord(paths, { ...RECORD, state: "running", stateReason: "ready", process: { ...living, startTime: "0" } });
  const door = Bun.listen({ unix: paths.control, socket: { open: (socket) => void socket.terminate(), data() {} } });
  try {
    const gone = await rejectionOf(createControlClient(paths).status());
    expect(gone).toMatchObject({ code: "daemon-not-running", message: expect.stringContaining("detected-dead") });
    writeRecord(paths, { ...RECORD, state: "running", stateReason: "ready", process: living });
    const hanging = await rejectionOf(createControlClient(paths).status());
    expect(hanging).toMatchObject({ code: "daemon-unreachable", message: expect.stringContaining("ended before") });
  } finally {
    door.stop(true);
  }
});

test("a state file that cannot be read is told, and stays as it is", async () => {
  using folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  writeRecord(paths, RECORD);
  truncateSync(paths.state, 9);
  expect((await rejectionOf(createControlClient(paths).identity())).code).toBe("state-corrupt");
  expect(readFileSync(paths.state, "utf8")).toBe('{"schema"');
});

test("a path that no socket can have is told so", async () => {
  const failure = await rejectionOf(createControlClient(pathsBelow(`/tmp/${"a".repeat(120)}`)).identity());
  expect(failure.message).toContain("is too long a path for a socket");
  expect(failure.hint).toContain("--home");
});
