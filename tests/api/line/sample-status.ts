import type { TunnelStatus } from "../../../src/tunnels/life/status.ts";

const STARTED = "2026-01-01T00:00:00.000Z";

/** A tunnel that runs and is ready. */
export const RUNNING: TunnelStatus = {
  name: "us",
  config: "us.conf",
  state: "running",
  since: STARTED,
  ready: true,
  health: "healthy",
  reason: "its peer answers",
  action: null,
  pid: 4242,
  log: "/logs/1_us.log",
  startedAt: STARTED,
  socks: "127.0.0.1:25344",
  http: null,
  restarts: 0,
  carriedBy: null,
  traffic: null,
};

/** The same after it was brought down. */
export const IDLE: TunnelStatus = {
  ...RUNNING,
  state: "idle",
  health: "idle",
  reason: "not up: brought down",
  ready: false,
  pid: null,
  startedAt: null,
  socks: null,
};
