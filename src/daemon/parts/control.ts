import type { ControlParts } from "../../api/control/answer.ts";
import { type ControlServer, startControlApi } from "../../api/control/server.ts";
import { describeError } from "../../platform/failure.ts";

/**
 * Opens the control door. A daemon that has just taken over has nobody left to fall back on: it does without the TCP port
 * where somebody else has got hold of it meanwhile, rather than end.
 * @throws Failure `file-unusable` for the socket; for an ordinary start the system's error for the port as well.
 */
export function openControlDoor(parts: ControlParts, hasTakenOver: boolean): ControlServer {
  try {
    return startControlApi(parts);
  } catch (error) {
    if (!hasTakenOver || parts.tcpPort === undefined) throw error;
    parts.audit("ERROR", `the control door stays without port ${parts.tcpPort}: ${describeError(error)}`);
    return startControlApi({ ...parts, tcpPort: undefined });
  }
}
