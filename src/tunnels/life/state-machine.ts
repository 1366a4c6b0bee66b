// One tunnel's life: its states, how it starts, stops and recovers, and whose way out carries it. How that is done is a
// driver's business. Nothing here knows a wire format, or an address of our own doors.

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
