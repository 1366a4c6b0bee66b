import { expect, test } from "bun:test";
import type { TunnelEntry } from "../../../../src/api/control/schemas.ts";
import { createControlClient } from "../../../../src/cli/daemon/control-client.ts";
import { waitFor } from "../../../../src/cli/verbs/tunnels/wait.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { until } from "../../../rig/until.ts";
import { runCommandLine } from "../../command-line.ts";
import { startStubDaemon } from "../../daemon/stub-daemon.ts";

const LONG = 20_000;
const isDown = ({ health }: TunnelEntry) => health === "down";
const DOWN = { ...US_EAST, health: "down", reason: "no answer", action: "look at its endpoint" } as const;

test("`wait` returns at once if the tunnel is already as it should be", async () => {
  using daemon = startChanging(DOWN);
  expect(await waitFor(daemon.control, "us-east", isDown, LONG)).toEqual(DOWN);
});

test("an event makes it look again, and only the wanted state ends it", async () => {
  using daemon = startChanging(US_EAST);
  const waiting = waitFor(daemon.control, "us-east", isDown, LONG);
  await until("it listens", () => daemon.listeners() === 1);
  daemon.change({ ...US_EAST, health: "degraded" });
  daemon.change(DOWN);
  expect(await waiting).toEqual(DOWN);
  await until("it has left", () => daemon.listeners() === 0);
});

test("a stream that ends with a hand-over is opened anew", async () => {
  using daemon = startChanging(US_EAST);
  const waiting = waitFor(daemon.control, "us-east", isDown, LONG);
  await until("it listens", () => daemon.listeners() === 1);
  daemon.endStreams();
  await until("it listens again", () => daemon.listeners() === 1);
  daemon.change(DOWN);
  expect(await waiting).toEqual(DOWN);
});

test("when the time is over, the failure tells how the tunnel is", async () => {
  using daemon = startChanging(DOWN);
  const failure = await rejectionOf(waitFor(daemon.control, "us-east", () => false, 50));
  expect([failure.code, failure.message, failure.hint]).toEqual([
    "timed-out",
    "us-east is running and down: no answer",
    "look at its endpoint",
  ]);
  await until("it has left", () => daemon.listeners() === 0);
});

test("`wait` ends when the daemon ends", async () => {
  using daemon = startChanging(US_EAST);
  const waiting = rejectionOf(waitFor(daemon.control, "us-east", isDown, LONG));
  await until("it listens", () => daemon.listeners() === 1);
  daemon.stop();
  expect(["daemon-not-started", "daemon-unreachable"]).toContain((await waiting).code);
});

test("`wait` exits by whether the state is reached in time, or the call is wrong", async () => {
  using daemon = startChanging(DOWN);
  const call = (...words: string[]) => runCommandLine(["wait", "us-east", ...words, "--home", daemon.home]);
  expect(await call("--health", "down", "--state", "running")).toEqual({
    code: 0,
    output: "us-east is running and down\n",
    complaint: "",
  });
  expect(JSON.parse((await call("--state", "running", "--json")).output)).toEqual(DOWN);
  expect(await call("--health", "healthy", "--timeout", "50ms")).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("us-east is running and down: no answer"),
  });
  expect(await call()).toMatchObject({ code: 2, complaint: expect.stringContaining("--health or --state") });
  expect((await call("--health", "well")).code).toBe(2);
});

/** A daemon with one tunnel whose state the test changes, each change an event. */
function startChanging(first: TunnelEntry) {
  let tunnel = first;
  const streams = new Set<ReadableStreamDefaultController<string>>();
  const stub = startStubDaemon({
    routes: {
      "GET /v1/tunnels/us-east": () => tunnel,
      "GET /v1/events": (request) => new Response(openStream(request).pipeThrough(new TextEncoderStream())),
    },
  });
  return {
    home: stub.home,
    control: createControlClient(stub.paths),
    listeners: () => streams.size,
    change(next: TunnelEntry) {
      tunnel = next;
      for (const stream of streams) stream.enqueue(`${JSON.stringify({ type: "tunnel_health", tunnel: next.name })}\n`);
    },
    endStreams() {
      for (const stream of streams) stream.close();
      streams.clear();
    },
    stop: stub.stop,
    [Symbol.dispose]: stub[Symbol.dispose],
  };

  function openStream(request: Request): ReadableStream<string> {
    return new ReadableStream<string>({
      start(controller) {
        streams.add(controller);
        request.signal.addEventListener("abort", () => streams.delete(controller));
      },
    });
  }
}
