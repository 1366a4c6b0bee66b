import { expect, test } from "bun:test";
import { formatStatus, formatTunnel } from "../../../src/cli/output/status-text.ts";
import type { Paint } from "../../../src/cli/output/terminal.ts";
import { US_EAST } from "../../rig/tunnel-entry.ts";
import { DAEMON, IDLE } from "../daemon/stub-daemon.ts";

const daemon = { ...DAEMON, pid: 77 };
const NOW = Date.parse(US_EAST.since) + 90_000;
const plain: Paint = (text) => text;
const marked: Paint = (text, colour) => `<${colour}>${text}`;

test("status is the daemon, a table of the tunnels, and what to do about them", () => {
  const sick = {
    ...IDLE,
    state: "failed",
    health: "down",
    reason: "no answer",
    action: "look at its endpoint",
  } as const;
  expect(formatStatus({ daemon, tunnels: [US_EAST, sick] }, NOW, plain).split("\n")).toEqual([
    "wpdaemon 2.0.0 running, 127.0.0.1:23888, process 77, up 1m",
    "",
    "NAME     STATE    HEALTH   SOCKS5           PID   UP  TRAFFIC  HANDSHAKE  RESTARTS  REASON",
    "us-east  running  healthy  127.0.0.1:25344  4242  1m  -        -          0         answered a moment ago",
    "eu-west  failed   down     -                -     -   -        -          0         no answer",
    "→ eu-west: look at its endpoint",
  ]);
});

test.each([
  [{ url: "ws://localhost:8765", clients: 1, fault: null }, "event stream ws://localhost:8765, 1 listens"],
  [{ url: "ws://localhost:8765", clients: 0, fault: null }, "event stream ws://localhost:8765, 0 listen"],
  [{ url: null, clients: 0, fault: null }, "event stream closed"],
  [{ url: null, clients: 0, fault: "port 8765 is taken" }, "<yellow>event stream closed: port 8765 is taken"],
])("the event stream is told in a line of its own: %j", (events, line) => {
  expect(formatStatus({ daemon, events, tunnels: [] }, NOW, marked).split("\n")[1]).toBe(line);
});

test("defects that have shown are told, and the last end by one, each in a line of its own", () => {
  const faults = {
    byPart: { "line protocol": 2, "tunnel us-east": 1 },
    last: { part: "tunnel us-east", message: "a defect\nof two lines", at: US_EAST.since },
  };
  const ends = [{ at: US_EAST.since, tunnel: "us-east", detail: "Error: a defect\n  at x" }];
  const lines = formatStatus({ daemon: { ...daemon, faults, ends }, tunnels: [] }, NOW, plain).split("\n");
  expect(lines.slice(1, 3)).toEqual([
    expect.stringMatching(/^→ a daemon has ended by a fault of its own: Error: a defect/),
    expect.stringMatching(/^→ 3 faults, the last in tunnel us-east: a defect/),
  ]);
  const none = { byPart: {}, last: null };
  expect(formatStatus({ daemon: { ...daemon, faults: none, ends: [] }, tunnels: [] }, NOW, plain)).not.toContain("→");
});

test("a tunnel shows how fast it carries and how much it has carried, when its peer last answered, and what marks it", () => {
  const traffic = { sent: 1_000, received: 2_345_678, handshakeAt: US_EAST.since };
  const fast = { ...traffic, sentPerSecond: 20_000, receivedPerSecond: 14_800 };
  const show = (tunnel: object) =>
    formatStatus({ daemon, tunnels: [{ ...US_EAST, ...tunnel }] }, NOW, plain)
      .split("\n")
      .at(-1);
  expect(show({ traffic: fast, restarts: 3 })).toContain("  1m  34.8 kB/s, 2.3 MB  1m         3         answered");
  expect(show({ traffic })).toContain("  0 B/s, 2.3 MB  ");
  expect(show({ configChanged: true })).toStartWith("us-east (config changed)  running");
});

test("a newer program on disk is told", () => {
  const text = formatStatus({ daemon: { ...daemon, newerProgram: true }, tunnels: [] }, NOW, plain);
  expect(text).toContain("→ a newer program lies on disk");
});

test("each health has its colour", () => {
  const tunnels = (["healthy", "degraded", "down", "idle"] as const).map((health) => ({ ...US_EAST, health }));
  const text = formatStatus({ daemon, tunnels }, NOW, marked);
  expect(text.match(/<\w+>\w+/g)).toEqual(["<green>healthy", "<yellow>degraded", "<red>down", "<dim>idle"]);
});

test("memory and a stand-in are shown where there are any, and no tunnels are told so", () => {
  const memory = { residentBytes: 8_020_000, anonymousBytes: 1 };
  const text = formatStatus({ daemon: { ...daemon, memory }, tunnels: [] }, NOW, plain);
  expect(text).toContain("up 1m, 8.0 MB\n\nno tunnels; bring one up with: wpdaemon up NAME");
  expect(formatStatus({ daemon, tunnels: [{ ...US_EAST, carriedBy: "spare" }] }, NOW, plain)).toContain(
    "us-east (by spare)",
  );
});

test("a tunnel that was brought up shows its proxies, and its health where that is bad", () => {
  expect(formatTunnel({ ...US_EAST, http: "127.0.0.1:8118" }, plain).split("\n")).toEqual([
    "running us-east, process 4242",
    "socks5  127.0.0.1:25344",
    "http    127.0.0.1:8118",
    "log     /logs/1_us-east.log",
  ]);
  const slow = { ...US_EAST, ready: false, health: "degraded", reason: "no handshake yet", action: "wait" } as const;
  expect(formatTunnel(slow, plain).split("\n")).toEqual([
    "running us-east, process 4242 (it does not accept connections yet)",
    "socks5  127.0.0.1:25344",
    "log     /logs/1_us-east.log",
    "health  degraded: no handshake yet",
    "→ us-east: wait",
  ]);
});
