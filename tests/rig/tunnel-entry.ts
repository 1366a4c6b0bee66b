import type { TunnelEntry } from "../../src/api/control/schemas.ts";

export const SINCE = "2026-01-02T03:04:05.000Z";

/** What the control API tells of a tunnel that is well. */
export const US_EAST: TunnelEntry = {
  name: "us-east",
  config: "us-east.conf",
  state: "running",
  health: "healthy",
  reason: "answered a moment ago",
  action: null,
  socks: "127.0.0.1:25344",
  http: null,
  pid: 4242,
  since: SINCE,
  startedAt: SINCE,
  ready: true,
  log: "/logs/1_us-east.log",
  restarts: 0,
  carriedBy: null,
  slot: true,
  traffic: null,
};
