import type { TunnelStatus } from "../../../src/tunnels/life/tunnel-status.ts";

const STARTED = 1_767_225_600_000;

/** A tunnel that runs and is ready. */
export const RUNNING: TunnelStatus = {
  name: "us",
  config: "us.conf",
  state: "running",
  since: STARTED,
  ready: true,
  health: { word: "healthy", reason: "its peer answers", action: null, since: STARTED },
  pid: 4242,
  logFile: "/logs/1_us.log",
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
  health: { word: "idle", reason: "not up: brought down", action: null, since: STARTED },
  ready: false,
  pid: null,
  startedAt: null,
  socks: null,
};
