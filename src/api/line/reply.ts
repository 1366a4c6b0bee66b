import { describeError, Failure } from "../../platform/failure.ts";
import type { TunnelStatus } from "../../tunnels/life/status.ts";
import type { LineCommand } from "./command.ts";

/** The envelope of a reply; `result` is null exactly when `error` is a string. docs/protocols/line.md, Replies. */
export function formatReply(name: string, result: object): string {
  return JSON.stringify({ CMD: name, result, error: null });
}

export function formatError(name: string, error: string): string {
  return JSON.stringify({ CMD: name, result: null, error });
}

/** `ready` is ours, and said only where a listener does not accept yet. */
export function describeStarted(status: TunnelStatus): object {
  return { status: "running", ...describeChild(status) };
}

export function describeStopped(status: TunnelStatus): object {
  return { status: "stopped", previous_config: status.config, log_file: status.log };
}

/**
 * While a child exists, a start counts as running: a second client then does not start its own. One that is
 * being recovered does not run until it accepts again. `health` is ours.
 */
export function describeState(status: TunnelStatus | undefined): object {
  const health = status?.health ?? "idle";
  const counts = status?.state === "running" || status?.state === "starting";
  if (counts && status.pid !== null) return { running: true, ...describeChild(status), health };
  return { running: false, config: null, pid: null, log_file: status?.log ?? null, health };
}

/** The error texts of docs/protocols/line.md, Errors, which clients may compare; all else has its command's prefix. */
export function describeFailure(command: LineCommand["name"], error: unknown): string {
  const code = error instanceof Failure ? error.code : "internal";
  switch (code) {
    case "config-not-found":
    case "already-running":
    case "start-failed":
    case "not-running":
      return error instanceof Failure ? error.message : describeError(error);
    default:
      return `${command === "spin_down" ? "Failed to stop WireProxy" : `Exception during ${command}`}: ${describeError(error)}`;
  }
}

function describeChild(status: TunnelStatus): object {
  const child = { config: status.config, pid: status.pid, log_file: status.log };
  return status.ready || status.state === "starting" ? child : { ...child, ready: false };
}
