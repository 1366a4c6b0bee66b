import { expect, test } from "bun:test";
import { renderMetrics } from "../../../../src/api/control/routes/metrics.ts";
import { SINCE } from "../../../rig/tunnel-entry.ts";
import { CARRYING, openControl, STATUS } from "../control-rig.ts";
import { parseMetrics } from "../metrics-format.ts";

const NOW = Date.parse("2026-01-02T03:04:15.500Z");
const PUBLISHED = { accepted: 12, rejected: 3 };

test("every figure, under its name and with its labels", () => {
  const { samples, types } = parseMetrics(renderMetrics(STATUS, { line: 5, control: 7 }, PUBLISHED, NOW));
  expect(Object.fromEntries(samples)).toMatchObject({
    'wpdaemon_build_info{version="9.8.7",implementation="TypeScript"}': 1,
    wpdaemon_start_time_seconds: 1767323045,
    wpdaemon_resident_memory_bytes: 9_000_000,
    wpdaemon_anonymous_memory_bytes: 4_000_000,
    'wpdaemon_requests_total{door="line"}': 5,
    'wpdaemon_requests_total{door="control"}': 7,
    wpdaemon_events_published_total: 12,
    wpdaemon_events_rejected_total: 3,
    wpdaemon_stream_open: 1,
    wpdaemon_stream_clients: 3,
    'wpdaemon_tunnel_state{tunnel="us-east",state="running"}': 1,
    'wpdaemon_tunnel_state{tunnel="us-east",state="failed"}': 0,
    'wpdaemon_tunnel_health{tunnel="us-east",health="healthy"}': 1,
    'wpdaemon_tunnel_health{tunnel="us-east",health="down"}': 0,
    'wpdaemon_tunnel_sent_bytes_total{tunnel="us-east"}': 148,
    'wpdaemon_tunnel_received_bytes_total{tunnel="us-east"}': 92,
    'wpdaemon_tunnel_last_handshake_age_seconds{tunnel="us-east"}': 10.5,
    'wpdaemon_tunnel_restarts_total{tunnel="us-east"}': 2,
    'wpdaemon_tunnel_config_changed{tunnel="us-east"}': 0,
    wpdaemon_newer_program: 0,
  });
  for (const [name, type] of types) expect(type).toBe(name.endsWith("_total") ? "counter" : "gauge");
  expect(types.size).toBe(18);
});

test("the longest turn of the loop and the faults are told by their part", () => {
  const turn = { milliseconds: 12.5, part: "line protocol", at: SINCE };
  const daemon = {
    ...STATUS.daemon,
    loop: { longestTurn: turn, recentTurn: null },
    faults: { byPart: { "tunnel us-east": 2 }, last: null },
  };
  const { samples, types } = parseMetrics(renderMetrics({ ...STATUS, daemon }, {}, PUBLISHED, NOW));
  expect(Object.fromEntries(samples)).toMatchObject({
    'wpdaemon_loop_longest_turn_seconds{since="start",part="line protocol"}': 0.0125,
    'wpdaemon_faults_total{part="tunnel us-east"}': 2,
  });
  expect([types.get("wpdaemon_loop_longest_turn_seconds"), types.get("wpdaemon_faults_total")]).toEqual([
    "gauge",
    "counter",
  ]);
});

test("what is not known is left out, and a handshake of the future is no age below 0", () => {
  const render = (traffic: typeof CARRYING.traffic) => {
    const tunnel = { ...CARRYING, traffic };
    const status = { daemon: { ...STATUS.daemon, memory: null }, tunnels: [tunnel] };
    return parseMetrics(renderMetrics(status, {}, PUBLISHED, NOW)).samples;
  };
  const named = (samples: ReadonlyMap<string, number>, part: string) =>
    [...samples].filter(([name]) => name.includes(part));
  expect(named(render(null), "bytes")).toEqual([]);
  expect(named(render(null), "requests")).toEqual([]);
  expect(named(render({ sent: 0, received: 0, handshakeAt: null }), "handshake")).toEqual([]);
  const ahead = render({ sent: 0, received: 0, handshakeAt: "2026-01-02T03:04:16.000Z" });
  expect(named(ahead, "handshake").map(([, value]) => value)).toEqual([0]);
});

test("without a tunnel the text is well formed too", () => {
  const { samples } = parseMetrics(renderMetrics({ ...STATUS, tunnels: [] }, {}, PUBLISHED, NOW));
  expect([...samples.keys()].filter((name) => name.includes("tunnel"))).toEqual([]);
});

test("odd names are escaped, and cannot forge a line", () => {
  const name = 'a\\b"} 1\nforged 1';
  const { samples } = parseMetrics(renderMetrics({ ...STATUS, tunnels: [{ ...CARRYING, name }] }, {}, PUBLISHED, NOW));
  expect(samples.get(`wpdaemon_tunnel_restarts_total{tunnel=${JSON.stringify(name)}}`)).toBe(2);
});

test("GET /metrics serves them with the format's content type", async () => {
  using control = openControl({}, { now: () => NOW });
  const response = await control.ask("GET", "/metrics");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(parseMetrics(await response.text()).samples.get("wpdaemon_start_time_seconds")).toBe(1767323045);
});
