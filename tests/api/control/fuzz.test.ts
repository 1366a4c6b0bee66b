import { expect, test } from "bun:test";
import * as v from "valibot";
import { createAnswerer, type Door } from "../../../src/api/control/answer.ts";
import { createEventBus } from "../../../src/events/bus.ts";
import { fc } from "../../rig/properties.ts";
import { until } from "../../rig/until.ts";
import { fakeService, openControl, SECRET } from "./control-rig.ts";

const KNOWN = [
  "/v1/status",
  "/v1/tunnels",
  "/v1/tunnels/us-east/up",
  "/v1/handover",
  "/v1/handover/ready",
  "/v1/logs",
  "/list",
  "/session-started",
  "/stop-session",
  "/identity",
];

const target = fc.oneof(
  fc.constantFrom(...KNOWN),
  fc.tuple(fc.constantFrom(...KNOWN), fc.string()).map(([path, query]) => `${path}?${query}`),
  fc.webPath().map((path) => `/v1/tunnels/${path}`),
  fc.string({ unit: "binary" }).map((path) => `/${path}`),
);
const headers = fc.dictionary(
  fc.constantFrom("content-type", "host", "accept", "x-remcli-ts", "x-remcli-nonce", "x-remcli-sig", "origin"),
  fc.oneof(fc.constantFrom("application/json", "localhost", "127.0.0.1:1"), fc.stringMatching(/^[\x21-\x7e]{0,40}$/)),
);
const body = fc.oneof(
  fc.constant(undefined),
  fc.string(),
  fc.uint8Array().map((bytes) => new TextDecoder("latin1").decode(bytes)),
  fc.json(),
  fc
    .record({
      sessionId: fc.anything(),
      metadata: fc.oneof(fc.anything(), fc.record({ hostPid: fc.anything() })),
      program: fc.anything(),
      pid: fc.anything(),
      token: fc.anything(),
    })
    .map((value) => tryJson(value)),
);
const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD");

const answerSchema = v.variant("ok", [
  v.object({ ok: v.literal(true), data: v.unknown() }),
  v.object({ ok: v.literal(false), error: v.object({ code: v.string(), message: v.string() }) }),
]);

test("whatever is asked, the answer is an envelope and no fault", async () => {
  const faults: string[] = [];
  const parts = { tcpPort: 1, secret: SECRET, now: Date.now, path: "", onActivity() {} };
  const service = fakeService(createEventBus(), () => undefined);
  const answer = await createAnswerer({
    ...parts,
    loadService: async () => service,
    audit: (kind, text) => kind === "ERROR" && faults.push(text),
  });
  await fc.assert(
    fc.asyncProperty(
      method,
      target,
      headers,
      body,
      fc.constantFrom<Door>("socket", "port"),
      async (verb, path, head, sent, door) => {
        const url = URL.parse(`http://localhost${path}`);
        fc.pre(url !== null);
        const isWithBody = verb !== "GET" && verb !== "HEAD";
        const request = new Request(url.href, {
          method: verb,
          headers: head,
          ...(isWithBody ? { body: sent ?? null } : {}),
        });
        const response = await answer(request, door);
        expect(response.status).toBeLessThan(500);
        v.parse(answerSchema, await response.json());
      },
    ),
    { numRuns: 2_000 },
  );
  expect(faults.filter((fault) => !fault.includes("there is no config"))).toEqual([]);
});

test("whatever bytes reach the socket, it goes on serving", async () => {
  using control = openControl();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), requestLike), async (bytes) => {
      await sendBytes(control.path, bytes);
    }),
    { numRuns: 300 },
  );
  expect((await control.ask("GET", "/v1/status")).status).toBe(200);
});

const requestLike = fc
  .tuple(method, fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), fc.string())
  .map(([verb, path, host, rest]) =>
    new TextEncoder().encode(`${verb} /${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n${rest}`),
  );

/** Sends and hangs up; the answer, where there is one, must be no fault of the daemon's own. */
async function sendBytes(path: string, bytes: Uint8Array): Promise<void> {
  let received = "";
  let closed = false;
  const socket = await Bun.connect({
    unix: path,
    socket: {
      data(_, chunk) {
        received += new TextDecoder("latin1").decode(chunk);
      },
      close() {
        closed = true;
      },
    },
  });
  socket.write(bytes);
  socket.end();
  await until("the connection is closed", () => closed);
  expect(received).not.toMatch(/^HTTP\/1\.1 50[0-4]/);
}

function tryJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
