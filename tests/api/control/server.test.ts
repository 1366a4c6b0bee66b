import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { healthReportSchema, identitySchema, statusSchema, tunnelSchema } from "../../../src/api/control/schemas.ts";
import { startControlApi } from "../../../src/api/control/server.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { freePort } from "../../rig/free-port.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { failureOf } from "../../rig/rejection.ts";
import { connectSilently } from "../../rig/silent-crowd.ts";
import { connectTcp } from "../../rig/tcp-stream.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { CARRYING, fakeService, openControl, SECRET, STATUS } from "./control-rig.ts";
import { signRequest } from "./sign-request.ts";

test("what the daemon tells comes in the envelope, and as the schemas say", async () => {
  using control = openControl();
  const look = async (target: string) => {
    const response = await control.ask("GET", target);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json;charset=utf-8"]);
    return v.parse(v.object({ ok: v.literal(true), data: v.unknown() }), await response.json()).data;
  };
  expect(v.parse(statusSchema, await look("/v1/status"))).toEqual(STATUS);
  expect(v.parse(v.array(tunnelSchema), await look("/v1/tunnels"))).toEqual([CARRYING]);
  expect(v.parse(tunnelSchema, await look("/v1/tunnels/us-east"))).toEqual(CARRYING);
  expect(v.parse(identitySchema, await look("/v1/identity")).version).toBe("9.8.7");
  expect(v.parse(healthReportSchema, await look("/v1/health")).health).toBe("healthy");
  expect(await look("/v1/configs")).toEqual([{ name: "us-east", file: "/confs/us-east.conf" }]);
});

test("tunnels are brought up, taken down and restarted by name, escaped names too", async () => {
  const asked: string[] = [];
  using control = openControl({
    up: async (name) => {
      asked.push(name);
      return CARRYING;
    },
  });
  expect(await (await control.ask("POST", "/v1/tunnels/us-east/down")).json()).toEqual({ ok: true, data: CARRYING });
  expect((await control.ask("POST", "/v1/tunnels/us-east/restart")).status).toBe(200);
  expect((await control.ask("POST", "/v1/tunnels/caf%C3%A9%20%2F..%2Fx/up")).status).toBe(200);
  expect(control.asked).toEqual(["down us-east", "restart us-east"]);
  expect(asked).toEqual(["café /../x"]);
});

test("what the daemon refuses keeps its code and hint, with a status that fits", async () => {
  const refuse = (code: ConstructorParameters<typeof Failure>[0], status: number) => ({ code, status });
  for (const { code, status } of [
    refuse("config-not-found", 404),
    refuse("config-invalid", 409),
    refuse("not-running", 409),
    refuse("already-running", 409),
    refuse("program-missing", 503),
    refuse("start-failed", 503),
  ]) {
    using control = openControl({ up: () => Promise.reject(new Failure(code, "It cannot be", { hint: "try later" })) });
    const response = await control.ask("POST", "/v1/tunnels/x/up");
    expect([response.status, await response.json()]).toEqual([
      status,
      { ok: false, error: { code, message: "It cannot be", hint: "try later" } },
    ]);
  }
});

test("a fault of the daemon's own is 500, and the audit keeps its cause", async () => {
  using control = openControl({ status: () => Promise.reject(new Error("the disk is on fire")) });
  const response = await control.ask("GET", "/v1/status");
  expect([response.status, await codeOf(response)]).toEqual([500, "internal"]);
  expect(control.audited.join()).toContain("the disk is on fire");
});

test("unknown routes are 404, other verbs on known ones 405", async () => {
  using control = openControl();
  expect(await codeOf(await control.ask("GET", "/v1/nothing"))).toBe("route-not-found");
  expect((await control.ask("POST", "/spawn-session", { body: "{}" })).status).toBe(404);
  expect((await control.ask("GET", "/v1/tunnels//up")).status).toBe(404);
  const response = await control.ask("DELETE", "/v1/status");
  expect([response.status, response.headers.get("allow"), await codeOf(response)]).toEqual([
    405,
    "GET",
    "method-not-allowed",
  ]);
});

test("bodies that are empty, malformed, not UTF-8, too large or not as described are refused", async () => {
  using control = openControl();
  const send = async (body: string | Uint8Array | ReadableStream<Uint8Array>) => {
    const response = await control.ask("POST", "/v1/handover", {
      body,
      headers: { "content-type": "application/json" },
    });
    return [response.status, await codeOf(response)];
  };
  expect(await send("")).toEqual([400, "empty-body"]);
  expect(await send("{")).toEqual([400, "malformed-json"]);
  expect(await send(new Uint8Array([0x22, 0xff, 0x22]))).toEqual([400, "malformed-json"]);
  expect(await send("[".repeat(500_000))).toEqual([400, "malformed-json"]);
  expect(await send('{"program":"relative"}')).toEqual([400, "invalid-request"]);
  expect(await send(" ".repeat(1024 * 1024 + 1))).toEqual([413, "body-too-large"]);
  expect(await send(inChunks(" ".repeat(100_000), 11))).toEqual([413, "body-too-large"]);
  expect(await send(" ".repeat(1024 * 1024))).toEqual([400, "malformed-json"]);
  expect(control.asked).toEqual([]);
});

test("a hand-over is passed on step by step", async () => {
  using control = openControl();
  const begun = await control.post("/v1/handover", { program: "/opt/wpdaemon" });
  expect(await begun.json()).toEqual({ ok: true, data: { pid: 88, version: "9.9.9" } });
  expect(await (await control.post("/v1/handover/ready", { pid: 88, token: "t" })).json()).toEqual({
    ok: true,
    data: {},
  });
  expect((await control.post("/v1/handover/done", { pid: 88, token: "t" })).status).toBe(200);
  expect(control.asked).toEqual(["hand over to /opt/wpdaemon", "let go for 88 t", "taken by 88 t"]);
});

test("/v1/stop answers before the daemon ends, with or without a reason", async () => {
  using control = openControl();
  expect(await (await control.ask("POST", "/v1/stop")).json()).toEqual({ ok: true, data: { status: "stopping" } });
  expect((await control.post("/v1/stop", { reason: "update" })).status).toBe(200);
  await until("the daemon is told", () => control.asked.length === 2);
  expect(control.asked).toEqual(["stop asked over the control socket", "stop update"]);
});

test("a request with an Origin is refused", async () => {
  using control = openControl();
  const response = await control.ask("POST", "/v1/stop", { headers: { origin: "http://localhost" } });
  expect([response.status, await codeOf(response)]).toEqual([403, "foreign-origin"]);
  expect(control.asked).toEqual([]);
});

test("the daemon is told of every request, and the audit of those that change something", async () => {
  let requests = 0;
  using control = openControl({}, { onActivity: () => requests++ });
  await control.ask("GET", "/v1/status");
  await control.ask("POST", "/v1/tunnels/us-east/up");
  expect(requests).toBe(2);
  expect(control.audited).toEqual(["CMD Control request: POST http://localhost/v1/tunnels/us-east/up on the socket"]);
});

test("the socket is for its owner alone", () => {
  using control = openControl();
  expect(modeOf(control.path)).toBe(0o600);
  expect(modeOf(`${control.folder}/own`)).toBe(0o700);
});

test("over TCP a request is signed, fresh, whole and new, or it is refused with a code of its own", async () => {
  const port = freePort();
  using control = openControl({}, { tcpPort: port });
  const body = '{"reason":"update"}';
  const send = async (headers: Readonly<Record<string, string>>, sent = body) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/stop`, { method: "POST", headers, body: sent });
    return [response.status, response.ok ? "" : await codeOf(response)];
  };
  const sign = (at: number) => ({
    ...signRequest(SECRET, { method: "POST", target: "/v1/stop", body: encode(body) }, at),
  });
  const proven = sign(Date.now());
  expect(await send({})).toEqual([401, "unsigned"]);
  expect(await send(proven, '{"reason":"altered"}')).toEqual([401, "bad-signature"]);
  expect(await send(sign(Date.now() - 31_000))).toEqual([401, "stale"]);
  expect(await send(proven)).toEqual([200, ""]);
  expect(await send(proven)).toEqual([401, "replayed"]);
  await until("the daemon is told", () => control.asked.length === 1);
});

test("over TCP an unsigned request is refused before its body has come, and its connection is closed", async () => {
  const port = freePort();
  using _ = openControl({}, { tcpPort: port });
  using stranger = await connectTcp("127.0.0.1", port);
  await stranger.write(`POST /v1/stop HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000000\r\n\r\n`);
  let answer = "";
  for (let piece = await stranger.read(); piece !== undefined; piece = await stranger.read()) {
    answer += Buffer.from(piece).toString();
    if (answer.includes("unsigned")) break;
  }
  expect(answer).toMatch(/^HTTP\/1\.1 401 .*connection: close.*"unsigned"/is);
});

test("two daemons do not share the port", () => {
  const tcpPort = freePort();
  using _first = openControl({}, { tcpPort });
  const failure = failureOf(() => openControl({}, { tcpPort }));
  expect([failure.code, failure.message]).toEqual([
    "address-in-use",
    `cannot serve the HTTP API on 127.0.0.1:${tcpPort}: the port is taken`,
  ]);
});

test("over TCP another Host is refused, signed or not", async () => {
  const port = freePort();
  using control = openControl({}, { tcpPort: port });
  const get = async (host: string) => {
    const signed = signRequest(SECRET, { method: "GET", target: "/v1/identity", body: encode("") }, Date.now());
    const response = await fetch(`http://127.0.0.1:${port}/v1/identity`, { headers: { ...signed, host } });
    return response.status;
  };
  expect(await get(`127.0.0.1:${port}`)).toBe(200);
  expect(await get(`localhost:${port}`)).toBe(200);
  expect(await get(`evil.example:${port}`)).toBe(403);
  expect(await get("localhost.evil.example")).toBe(403);
  expect(await get("localhost:9000")).toBe(200);
  expect(control.asked).toEqual([]);
});

test("a crowd that only connects to the TCP port is cut down to the port's share, and who has signed stays", async () => {
  const port = freePort();
  using control = openControl({}, { tcpPort: port });
  const signed = signRequest(SECRET, { method: "GET", target: "/v1/events?follow=1", body: encode("") }, Date.now());
  const stream = await fetch(`http://127.0.0.1:${port}/v1/events?follow=1`, { headers: signed });
  expect(stream.status).toBe(200);
  const crowd = await connectSilently(port, 300);
  await until("the crowd has been cut down", () => crowd.filter(({ destroyed }) => destroyed).length >= 45);
  expect(control.audited.find((entry) => entry.includes("too many connections"))).toMatch(
    /^ERROR \[control\] too many connections: the \d+ oldest without a request were closed$/,
  );
  const lines = stream.body?.getReader();
  control.bus.emit({ type: "woke_up", at: 0 });
  expect(new TextDecoder().decode((await lines?.read())?.value)).toContain("\n");
  await lines?.cancel();
  for (const socket of crowd) socket.destroy();
});

test("over TCP the description and the metrics, too, are given only to who signs", async () => {
  const port = freePort();
  using _control = openControl({}, { tcpPort: port });
  for (const target of ["/metrics", "/v1/openapi.json", "/nothing"]) {
    expect((await fetch(`http://127.0.0.1:${port}${target}`)).status).toBe(401);
  }
});

test("the TCP port can be given to a successor and taken back", async () => {
  const port = freePort();
  using control = openControl({}, { tcpPort: port });
  expect(() => occupy(port)).toThrow();
  control.server.closePort();
  const successor = occupy(port);
  expect(() => control.server.openPort()).toThrow(IN_USE);
  successor.stop(true);
  control.server.openPort();
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
});

test("where the TCP port is taken, the socket goes as well", () => {
  const port = freePort();
  const other = occupy(port);
  using folder = temporaryFolder();
  const service = fakeService(createEventBus(), () => undefined);
  const parts = { loadService: async () => service, secret: SECRET, audit() {}, now: Date.now, onActivity() {} };
  const path = join(folder.path, "control.sock");
  expect(() => startControlApi({ ...parts, path, tcpPort: port })).toThrow(IN_USE);
  expect(readdirSync(folder.path)).toEqual([]);
  other.stop(true);
});

const IN_USE = expect.objectContaining({ code: "address-in-use" });

function occupy(port: number) {
  return Bun.listen({ hostname: "127.0.0.1", port, exclusive: true, socket: { data() {} } });
}

async function codeOf(response: Response): Promise<string> {
  return v.parse(failureSchema, await response.json()).error.code;
}

const failureSchema = v.strictObject({
  ok: v.literal(false),
  error: v.strictObject({ code: v.string(), message: v.string(), hint: v.nullable(v.string()) }),
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function inChunks(text: string, count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(encode(text));
      else controller.close();
    },
  });
}

test("what stands behind the door and could not be loaded, as where no descriptor was free, is loaded by the next request", async () => {
  let calls = 0;
  const service = fakeService(createEventBus(), () => undefined);
  const loadService = async () => {
    calls += 1;
    if (calls === 1) throw new Error("EMFILE");
    return service;
  };
  using control = openControl({}, { loadService });
  expect((await control.ask("GET", "/v1/status")).status).toBe(500);
  expect((await control.ask("GET", "/v1/status")).status).toBe(200);
});
