import { expect, test } from "bun:test";
import * as v from "valibot";
import { eventSchema } from "../../../../src/api/control/schemas.ts";
import { until } from "../../../rig/until.ts";
import { type ControlRig, openControl } from "../control-rig.ts";
import { openReader } from "../stream-reader.ts";

test("events come as they happen, one JSON document a line", async () => {
  using control = openControl();
  await using reader = await openReader(control.path, "/v1/events");
  expect(reader.head).toContain("content-type: application/x-ndjson");
  await reader.sees("\n");
  const change = { tunnel: "us-east", from: "running", to: "recovering", reason: "the process died" };
  control.bus.emit({ type: "tunnel_state", at: Date.UTC(2026, 0, 2), ...change });
  control.bus.emit({ type: "woke_up", at: 0 });
  await until("both events", () => reader.text().split("\n").length === 4);
  const events = reader.text().trim().split("\n");
  expect(events.map((line) => v.parse(v.pipe(v.string(), v.parseJson(), eventSchema), line))).toEqual([
    { type: "tunnel_state", at: "2026-01-02T00:00:00.000Z", ...change },
    { type: "woke_up", at: "1970-01-01T00:00:00.000Z" },
  ]);
});

test("who reads too slowly is dropped, and the others go on", async () => {
  using control = openCountingSubscribers();
  await using slow = await openReader(control.path, "/v1/events");
  await using other = await openReader(control.path, "/v1/events");
  slow.pause();
  const reason = "x".repeat(9_000);
  let sent = 0;
  await until("the slow one is dropped", () => {
    for (let round = 0; round < 10; round++) {
      control.bus.emit({ type: "tunnel_health", at: 0, tunnel: "t", from: "idle", to: "down", reason });
      sent += 9_000;
    }
    return control.subscribers() === 1;
  });
  expect(sent).toBeGreaterThan(1024 * 1024);
  control.bus.emit({ type: "woke_up", at: 0 });
  await until("the other hears it", () => other.text().includes("woke_up"));
  slow.resume();
  await slow.closed;
  expect(slow.text()).not.toContain("woke_up");
});

test("a reader that goes leaves no subscription behind, and neither does a daemon that stops", async () => {
  using control = openCountingSubscribers();
  const reader = await openReader(control.path, "/v1/events");
  await reader[Symbol.asyncDispose]();
  await until("the first is forgotten", () => control.subscribers() === 0);
  await using second = await openReader(control.path, "/v1/events");
  control.server.stop();
  await second.closed;
  await until("the second is forgotten", () => control.subscribers() === 0);
});

test("there are so many streams at once, and no more", async () => {
  using control = openCountingSubscribers();
  const readers = await Promise.all(Array.from({ length: 64 }, () => openReader(control.path, "/v1/events")));
  expect((await control.ask("GET", "/v1/events")).status).toBe(503);
  await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
  await until("all are forgotten", () => control.subscribers() === 0);
  await using again = await openReader(control.path, "/v1/events");
  await again.sees("\n");
});

function openCountingSubscribers(): ControlRig & { subscribers(): number } {
  let count = 0;
  const control: ControlRig = openControl({
    subscribe(listener) {
      count++;
      const end = control.bus.subscribe(listener);
      return () => {
        count--;
        end();
      };
    },
  });
  return { ...control, subscribers: () => count };
}
