import { expect, test } from "bun:test";
import * as v from "valibot";
import { sessionListSchema } from "../../../../src/api/control/routes/sessions.ts";
import { isAlive } from "../../../rig/processes.ts";
import { until } from "../../../rig/until.ts";
import { type ControlRig, openControl, startSleeper } from "../control-rig.ts";

const BY_USER = "remcli directly - likely by user from terminal";

test("/list is empty at first, with its members in the envelope and beside it", async () => {
  using control = openControl();
  const response = await control.ask("POST", "/list");
  expect([response.status, await response.json()]).toEqual([200, { ok: true, data: { children: [] }, children: [] }]);
});

test("a living process of one's own that reports itself is listed", async () => {
  using control = openControl();
  using sleeper = startSleeper();
  const response = await report(control, "s-1", sleeper.pid);
  expect([response.status, await response.json()]).toEqual([200, { ok: true, data: { status: "ok" }, status: "ok" }]);
  expect(await list(control)).toEqual([{ startedBy: BY_USER, remcliSessionId: "s-1", pid: sleeper.pid }]);
  expect(await list(control, "/list?all=1")).toHaveLength(1);
});

test("a second session of the same process is not recorded", async () => {
  using control = openControl();
  using sleeper = startSleeper();
  await report(control, "s-1", sleeper.pid);
  expect((await report(control, "s-2", sleeper.pid)).status).toBe(200);
  expect((await list(control)).map((child) => child.remcliSessionId)).toEqual(["s-1"]);
});

test("a report without a session id, or without metadata, is refused", async () => {
  using control = openControl();
  expect((await control.post("/session-started", { metadata: { hostPid: process.pid } })).status).toBe(400);
  expect((await control.post("/session-started", { sessionId: "s-1" })).status).toBe(400);
  expect((await control.post("/session-started", { sessionId: "s-1", metadata: {} })).status).toBe(400);
  expect(await list(control)).toEqual([]);
});

test("stopping an unknown session does no harm", async () => {
  using control = openControl();
  const response = await control.post("/stop-session", { sessionId: "nobody" });
  expect([response.status, await response.json()]).toEqual([
    200,
    { ok: true, data: { success: false }, success: false },
  ]);
});

test("a session is ended by its id or by PID-<n>, and leaves the list", async () => {
  using control = openControl();
  using first = startSleeper();
  using second = startSleeper();
  await report(control, "s-1", first.pid);
  await report(control, "s-2", second.pid);
  expect(await (await control.post("/stop-session", { sessionId: "s-1" })).json()).toMatchObject({ success: true });
  expect(await (await control.post("/stop-session", { sessionId: `PID-${second.pid}` })).json()).toMatchObject({
    success: true,
  });
  await Promise.all([first.exited, second.exited]);
  await until("both are gone from the list", async () => (await list(control)).length === 0);
  expect(await (await control.post("/stop-session", { sessionId: "s-1" })).json()).toMatchObject({ success: false });
});

test("/stop answers, and the daemon ends", async () => {
  using control = openControl();
  const response = await control.ask("POST", "/stop");
  expect(await response.json()).toEqual({ ok: true, data: { status: "stopping" }, status: "stopping" });
  await until("the daemon is told", () => control.asked.length === 1);
});

test("another verb and an unknown path are 404, malformed JSON is 400", async () => {
  using control = openControl();
  const response = await control.ask("GET", "/list");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ ok: false, error: { message: "Route GET:/list not found" } });
  expect((await control.ask("POST", "/nothing")).status).toBe(404);
  expect((await control.ask("POST", "/stop-session", { body: "{" })).status).toBe(400);
});

test("processes that do not exist, or are the machine's own, cannot be registered", async () => {
  using control = openControl();
  const sleeper = startSleeper();
  sleeper[Symbol.dispose]();
  await sleeper.exited;
  expect(isAlive(sleeper.pid)).toBe(false);
  for (const hostPid of [sleeper.pid, 1, 0, -1, -sleeper.pid, 1.5, 2 ** 40, "77", null]) {
    expect((await control.post("/session-started", { sessionId: "s-1", metadata: { hostPid } })).status).toBe(400);
  }
  expect(await list(control)).toEqual([]);
});

test("/identity tells which daemon this is", async () => {
  using control = openControl();
  expect(await (await control.ask("POST", "/identity")).json()).toMatchObject({
    ok: true,
    instanceId: "11111111-2222-4333-8444-555555555555",
    pid: 77,
    version: "9.8.7",
    state: "running",
    startedAt: "2026-01-02T03:04:05.000Z",
  });
});

function report(control: ControlRig, sessionId: string, hostPid: number): Promise<Response> {
  return control.post("/session-started", { sessionId, metadata: { hostPid, via: "us-east" } });
}

async function list(
  control: ControlRig,
  target = "/list",
): Promise<v.InferOutput<typeof sessionListSchema>["children"]> {
  return v.parse(sessionListSchema, await (await control.ask("POST", target)).json()).children;
}
