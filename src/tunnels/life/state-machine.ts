// Ways out. This room holds what is true of every tunnel, whatever carries it: its states, its health, how it recovers,
// the one slot that Argus drives, the register of children on disk. How a tunnel is carried is a driver's business
// (wireproxy/). Nothing here knows a wire format, an address of our own doors, or Argus' field names.

/**
 * `recovering`: it was up, and is being brought up again by itself. `failed`: that was given up; nothing is tried until
 * somebody asks.
 */
export type TunnelState = "idle" | "starting" | "running" | "recovering" | "stopping" | "failed";

export type TunnelStep = "start" | "ready" | "fail" | "end" | "lose" | "give-up" | "stop" | "stopped" | "clear";

/** What is not in the table is refused. */
const STEPS: { readonly [state in TunnelState]: { readonly [step in TunnelStep]?: TunnelState } } = {
  idle: { start: "starting" },
  starting: { ready: "running", fail: "idle", lose: "recovering", stop: "stopping" },
  running: { stop: "stopping", lose: "recovering", end: "idle" },
  recovering: { ready: "running", "give-up": "failed", stop: "stopping" },
  stopping: { stopped: "idle" },
  failed: { start: "starting", clear: "idle" },
};

/** The state after `step`, or undefined where the table refuses it. */
export function nextState(state: TunnelState, step: TunnelStep): TunnelState | undefined {
  return STEPS[state][step];
}

/** Whether nothing runs and nothing is being tried. */
export function isAtRest(state: TunnelState): boolean {
  return state === "idle" || state === "failed";
}
