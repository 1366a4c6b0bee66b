import type { Audit } from "../../platform/audit.ts";
import type { ControlService } from "./service.ts";

/** What the control door is made of. */
export interface ControlParts {
  /** Of the unix socket, absolute; its folder is created where it is missing, for the owner alone. */
  readonly path: string;
  /** Of a second door, on 127.0.0.1; undefined for none. */
  readonly tcpPort: number | undefined;
  /** What requests on the second door are signed with: any local user, and any web page, could knock there. */
  readonly secret: Uint8Array;
  readonly service: ControlService;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of every request, so that the daemon knows when it idles. */
  readonly onActivity: () => void;
}
