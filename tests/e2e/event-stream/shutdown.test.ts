import { expect, test } from "bun:test";
import { listenTo } from "../../api/stream/listener.ts";
import { OPCODE, openRaw } from "../../api/stream/raw-client.ts";
import { callWpdaemon } from "../../rig/command-line.ts";
import { EXECUTABLE } from "../../rig/daemon-process.ts";
import { startFarEnd } from "../../rig/far-end.ts";
import { startLogged } from "../../rig/logged-process.ts";
import { findProcesses } from "../../rig/processes.ts";
import { STAND_IN } from "../../rig/programs.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { cleared, quote } from "./sample-events.ts";
import { type StreamDaemon, startStreamDaemon } from "./stream-daemon.ts";

test.each([
  ["SIGTERM", (daemon: StreamDaemon) => daemon.process.end("SIGTERM")],
  ["wpdaemon stop", async (daemon: StreamDaemon) => (await callWpdaemon(daemon.home, ["stop"])).code],
])("%s: STOPPING comes last, then the close frame with 1001", async (_, stop) => {
  await using daemon = await startStreamDaemon();
  using client = await listenTo(daemon.url);
  using raw = await openRaw(daemon.port, { target: "/?account=5" });
  await daemon.publish(cleared(1));
  await client.received(1);
  expect(await stop(daemon)).toBe(0);
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(client.types()).toEqual(["lockout_cleared", "daemon_status"]);
  expect(JSON.parse(client.texts[1] ?? "")).toMatchObject({ account_id: null, data: { status: "STOPPING" } });
  expect(await raw.closeCode()).toBe(1001);
  expect(raw.frames().map(({ opcode }) => opcode)).toEqual([OPCODE.text, OPCODE.close]);
});

test("a client that reads nothing, and is far behind, does not keep the daemon from its end", async () => {
  await using daemon = await startStreamDaemon();
  using stopped = await openRaw(daemon.port);
  stopped.pause();
  using client = await listenTo(daemon.url);
  // More than the system takes for a client that reads nothing.
  for (let round = 1; round <= 70; round += 1) {
    await daemon.publish(...Array.from({ length: 1_000 }, (_, index) => quote(1, 6_000 + index)));
  }
  expect(await daemon.process.end("SIGTERM")).toBe(0);
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(client.texts).toHaveLength(70_001);
});

test("a tunnel that does not end keeps the daemon, but nobody who listens", async () => {
  await using farEnd = await startFarEnd();
  await using daemon = await startStreamDaemon("", { WPDAEMON_WIREPROXY: STAND_IN });
  const file = daemon.process.writeConfig("us-east.conf", farEnd.config().text);
  expect((await callWpdaemon(daemon.home, ["up", "us-east"])).code).toBe(0);
  const [pid] = findProcesses(file);
  if (pid === undefined) throw new Error("the tunnel has no process");
  process.kill(pid, "SIGSTOP");
  using client = await listenTo(daemon.url);
  let hasEnded = false;
  const ended = daemon.process.end("SIGTERM").then(() => {
    hasEnded = true;
  });
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(hasEnded).toBe(false);
  // The config that was added may be told only now.
  expect(client.types()).toContain("daemon_status");
  await ended;
  await daemon.process.start();
  using again = await listenTo(`${daemon.url}/?since=${client.numbers()[0]}&types=tunnel_state`);
  await until("what was told after that is kept", () => again.texts.some((text) => text.includes('"to":"idle"')));
});

test("a second daemon of the same home says who is there, and ends", async () => {
  await using daemon = await startStreamDaemon();
  const second = await callWpdaemon(daemon.home, ["--daemon", "--home", daemon.home, "-p", "0"]);
  expect(second.code).not.toBe(0);
  expect(second.complaint).toContain(String(daemon.process.pid));
  using client = await listenTo(daemon.url);
  await daemon.publish(cleared(1));
  await client.received(1);
});

test("a daemon of another home says that the stream's port is taken; the first keeps it", async () => {
  await using daemon = await startStreamDaemon();
  using home = temporaryFolder();
  using second = startLogged([EXECUTABLE, "--daemon", "-p", "0", "--home", home.path], {
    WPDAEMON_STREAM_PORT: String(daemon.port),
  });
  await until("it serves", () => second.output().includes("listening on 127.0.0.1"));
  expect(second.output()).toContain(`the event stream cannot listen on port ${daemon.port}: it is taken`);
  for (const host of ["127.0.0.1", "[::1]"]) {
    using client = await listenTo(`ws://${host}:${daemon.port}`);
    await daemon.publish(cleared(1));
    await client.received(1);
  }
  second.kill("SIGTERM");
  expect(await second.ended).toBe(0);
});
