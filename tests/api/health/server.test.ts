import { afterEach, expect, test } from "bun:test";
import * as v from "valibot";
import { type HealthDoor, startHealthDoor } from "../../../src/api/health/server.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { endpointEntry, endpointsDocument, endpointsService } from "../../rig/endpoints-service.ts";

let door: HealthDoor | undefined;

afterEach(() => door?.stop());

test("a daemon without endpoints lives, is healthy, and is ready once it is registered and has polled", async () => {
  open(endpointsDocument());
  for (const path of ["/livez", "/health", "/healthz", "/readyz", "/ready"]) expect((await get(path)).status).toBe(200);
});

test("ngrokd's own meaning of health, an endpoint at least, is there for who asks for it", async () => {
  open(endpointsDocument(), true);
  expect([(await get("/health")).status, (await get("/livez")).status]).toEqual([503, 200]);
  door?.stop();
  open(endpointsDocument({ endpoints: [endpointEntry()] }), true);
  expect(await (await get("/health")).text()).toBe("healthy\n");
});

test("a daemon that is not ready says which checks fail", async () => {
  open(endpointsDocument({ failing: ["ngrok: not registered"] }));
  const answer = await get("/readyz");
  expect([answer.status, await answer.json()]).toEqual([503, { ready: false, failing: ["ngrok: not registered"] }]);
});

test("/status has what ngrokd gives of the daemon and of each endpoint, and more", async () => {
  open(endpointsDocument({ endpoints: [endpointEntry({ lastActivity: null })] }));
  const { endpoints, ...status } = v.parse(
    v.looseObject({ endpoints: v.unknown() }),
    await (await get("/status")).json(),
  );
  expect(status).toMatchObject({
    healthy: true,
    ready: true,
    uptime: "2h15m30.5s",
    uptime_seconds: 8_130.5,
    start_time: "2026-11-05T10:00:00.000Z",
    version: "1.2.3",
    registered: true,
    operator_id: "k8sop_2abc",
    ingress: "ingress.example:443",
  });
  expect(endpoints).toEqual({
    ep_2abc: {
      name: "ep_2abc",
      local_address: "127.107.0.3:5432",
      target_uri: "tcp://db.example:5432",
      active: true,
      connections: 1,
      total_connections: 42,
      last_activity: null,
      errors: 0,
      hostname: "db.example",
      listen: ["127.107.0.3:5432"],
      mode: "virtual",
      state: "serving",
      last_error: null,
      bytes_in: 10,
      bytes_out: 20,
    },
  });
});

test("/metrics is Prometheus' text, with each endpoint by its URL", async () => {
  open(endpointsDocument({ endpoints: [endpointEntry()] }));
  const answer = await get("/metrics");
  const text = await answer.text();
  expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(text).toContain('wpdaemon_endpoints{state="serving"} 1\n');
  expect(text).toContain("# TYPE wpdaemon_endpoint_connections_total counter\n");
  expect(text).toContain('wpdaemon_endpoint_bytes_total{endpoint="tcp://db.example:5432",direction="out"} 20\n');
});

test("other paths are not there, other methods are refused, and a web page of elsewhere gets nothing", async () => {
  open(endpointsDocument());
  expect((await get("/")).status).toBe(404);
  expect((await get("/status", { method: "DELETE" })).status).toBe(405);
  expect((await get("/status", { method: "HEAD" })).status).toBe(200);
  expect((await get("/status", { headers: { origin: "https://evil.example" } })).status).toBe(403);
});

test("a port that another program has is told, and not shared", async () => {
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { service } = endpointsService();
  const begin = () => startHealthDoor({ ...OPTIONS, port: other.port, service });
  expect(begin).toThrow(Failure);
  expect(begin).toThrow(/cannot serve health on 127\.0\.0\.1:\d+: the port is taken/);
});

const OPTIONS = {
  host: "127.0.0.1",
  version: "1.2.3",
  requiresEndpoints: false,
  now: () => Date.parse("2026-11-05T12:15:30.500Z"),
};

function open(document: ReturnType<typeof endpointsDocument>, requiresEndpoints = false): void {
  const { service } = endpointsService(() => document);
  door = startHealthDoor({ ...OPTIONS, port: 0, requiresEndpoints, service });
}

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://${door?.address}${path}`, init);
}
