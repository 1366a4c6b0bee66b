// Ways out. This room holds what is true of every tunnel, whatever carries it: its states, the one slot that Argus
// drives, the register of children on disk. How a tunnel is carried is a driver's business (wireproxy/). Nothing here
// knows a wire format, an address of our own doors, or Argus' field names.

export type TunnelState = "idle" | "starting" | "running" | "stopping";

export type TunnelStep = "start" | "ready" | "fail" | "end" | "stop" | "stopped";

/** Reference page wireproxy-daemon.md section 4.1; what is not in the table is refused. */
const STEPS: { readonly [state in TunnelState]: { readonly [step in TunnelStep]?: TunnelState } } = {
  idle: { start: "starting" },
  starting: { ready: "running", fail: "idle", stop: "stopping" },
  running: { stop: "stopping", end: "idle" },
  stopping: { stopped: "idle" },
};

/** The state after `step`, or undefined where the table refuses it. */
export function nextState(state: TunnelState, step: TunnelStep): TunnelState | undefined {
  return STEPS[state][step];
}
